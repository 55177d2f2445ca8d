"""One campaign from the rule set to the certificate, each role at its own browser: on a phone and at a desk.

The product's clock is in the test's hand (`clock`), so that closing days come when the timetable says and nothing in the database
is bent. What many people would do alike (the other applicants, the other experts) is done by the services the pages call.
"""

import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2 as pdfium
import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.core.files.base import ContentFile
from playwright.sync_api import expect
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from applications.models import Application
from applications.states import State
from campaigns.models import Campaign, Stage
from campaigns.rules.engine import Verdict as Found
from campaigns.rules.schema import Group, walk
from publicity.models import Certificate
from publicity.rehearsal import sample
from review import selectors as review
from review.models import Panel
from review.services import judgements, outcomes, panels, seating, visits
from review.states import Verdict
from tests import factories
from tests.browser.visitors import Clock, Visit, Visitor
from unions.models import Union
from unions.states import Role

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

EXPERTS = 7
PHONE, PASSWORD = "19900080001", "wo-de-shou-yi-2026"


class Cast:
    """Who is there before anything begins."""

    def __init__(self, union: Union) -> None:
        self.union = union
        self.admin = factories.MemberFactory(union=union, role=Role.ADMIN, name="管兰馨")
        self.office = factories.MemberFactory(union=union, role=Role.OFFICE, name="经秋白")
        self.second = factories.MemberFactory(union=union, role=Role.OFFICE, name="许慎之")
        self.leader = factories.MemberFactory(union=union, role=Role.LEADER, name="凌峻岭")
        self.supervisor = factories.MemberFactory(union=union, role=Role.SUPERVISOR, name="简守正")
        kinds = {
            "town_union": "青石镇总工会",
            "industry_union": "示例区机械产业工会",
            "science_city_union": "青山湖科技城总工会",
            "society": "示例区焊接学会",
            "enterprise": "远山机械有限公司",
        }
        units = [factories.UnitFactory(union=union, kind=kind, name=name) for kind, name in kinds.items()]
        self.officer = factories.MemberFactory(union=union, role=Role.UNIT_OFFICER, unit=units[0], name="屠建明")
        self.experts = [
            panels.enrol_expert(
                factories.MemberFactory(union=union, role=Role.EXPERT, name=f"评文{letter}"),
                field="焊接",
                employer=f"示例研究院{letter}所",
                title="高级工程师",
                actor=self.office,
                at=factories.NOON,
            )
            for letter in "甲乙丙丁戊己庚"
        ]


class Job:
    """The main job, act by act. Everybody's browser has the same width."""

    def __init__(self, union: Union, visit: Visit, clock: Clock, width: int, folder: Path) -> None:
        self.cast = Cast(union)
        self.union, self.visit, self.clock, self.width, self.folder = union, visit, clock, width, folder
        self.office = visit("认定办公室", width, self.cast.office)
        self.public = visit("公众", width)

    @property
    def campaign(self) -> Campaign:
        return Campaign.objects.get(union=self.union)

    def stage(self, key: str) -> Stage:
        return self.campaign.stages.get(key=key)

    def at(self, path: str) -> str:
        return f"/{self.union.slug}/{path}"

    def _wait_until(self, month: int, day: int) -> None:
        """Weeks pass; by then the office has to sign in again."""
        self.clock.go_to(datetime(2026, month, day, 9, tzinfo=factories.SHANGHAI))
        self.office.sign_in(self.cast.office)

    # --- setting up --------------------------------------------------------------------------------------------------

    def load_the_rules(self) -> None:
        """The administrator signs in as staff does, with a password and a code."""
        admin = self.visit("工会管理员", self.width)
        user, secret = self.cast.admin.user, totp.generate_totp_secret()
        Authenticator.objects.filter(user=user).delete()
        totp.TOTP.activate(user, secret)
        admin.open(self.at("setup/rulesets/"))
        admin.field("手机号码或电子邮箱").fill(user.email)
        admin.field("密码").fill(factories.PASSWORD)
        admin.press("登录")
        counter = next(totp.yield_hotp_counters_from_time())
        admin.field("验证码").fill(totp.format_hotp_value(totp.hotp_value(secret, counter)))
        admin.press("登录")
        admin.sees("还没有规则集")
        admin.press("装入", within=admin.page.locator("form").filter(has_text="linan-2018"))
        admin.sees("检查无误", "临总工〔2018〕102号")
        admin.page.close()

    def publish_the_campaign(self) -> None:
        office = self.office
        office.open(self.at("setup/rulesets/"))
        office.follow("筹备活动")
        office.fill(活动名称="第二届天目工匠", 地址标识="tianmu", 申报截止日="2026-03-20")
        office.press("开始筹备")
        office.sees("定日期")
        office.field("申报开始").fill("2026-02-24")
        office.press("保存，下一步")
        office.sees("核对办公室设定")
        office.press("保存，下一步")
        office.sees("没有必须处理的问题")
        office.follow("去发布")
        office.press("发布活动")
        office.sees("进行中")
        assert self.campaign.rules_sha256
        self.public.open(self.at(""))
        self.public.follow("看条件，去申报")
        self.public.sees("临总工〔2018〕102号", "不超过10名")

    # --- applying ----------------------------------------------------------------------------------------------------

    def apply(self) -> None:
        """Somebody who never was here checks their own case, signs up by phone, fills in, loses the session, and hands in."""
        me = self.visit("申报人", self.width)
        me.open(self.at("c/tianmu/"))
        me.follow("先自查")
        self._check_myself(me)
        me.follow("注册")
        me.fill(手机号码=PHONE)
        me.field("密码").fill(PASSWORD)
        me.field("再输一次密码").fill(PASSWORD)
        me.press("注册")
        me.field("验证码").fill(self._code())
        me.press("确定")
        me.follow("由个人自荐申报")
        me.page.get_by_label("我已阅读并同意").check()
        me.press("开始填写")
        self._fill_in(me)
        self._upload(me)
        me.press("提交申报")
        me.sees("受理编号", "TM2026-0001", "认定办公室收到申报")
        self.applicant = me

    def _check_myself(self, me: Visitor) -> None:
        """No sign-in; the answers come along into the form."""
        me.fill(从业年限="22")
        me.choose("中国国籍", "是")
        me.press("看结果")
        me.press("带着这些答案去申报")

    def _code(self) -> str:
        self.public.open("/outbox/")
        found = re.search(r"验证码 ([0-9A-Z-]+)", self.public.page.locator("article").first.inner_text())
        assert found is not None
        return found[1]

    def _fill_in(self, me: Visitor) -> None:
        me.fill(姓名="林守拙", 身份证号码=factories.invented_id_number(), 民族="汉族", 手机号码=PHONE)
        expect(me.page.locator("[data-save-status][data-state=saved]")).to_contain_text("已保存")
        me.choose("性别", "男")
        expect(me.page.get_by_role("group", name=re.compile("中国国籍")).get_by_label("是", exact=True)).to_be_checked()
        me.choose("工会会员", "是")
        self._attach(me, "照片", sample.photo(1))
        assert me.field("民族").input_value() == "汉族", "what was typed stays through an upload"
        me.press("保存并继续")
        assert me.field("从业年限").input_value() == "22", "said in the self-check"
        me.fill(工作单位及职务="远山机械有限公司，焊接车间班组长", 专业领域="焊工")
        me.choose("产业集群", "高端装备")
        me.fill(在临安工作年限="15")
        me.choose("目前仍在一线岗位", "是")
        me.choose("职业资格等级", "高级技师")
        me.press("保存并继续")
        me.page.get_by_label(re.compile("绝技绝活或先进操作法")).check()
        me.press("保存并继续")
        rows = me.page.locator("fieldset[data-rows=achievements]")
        rows.get_by_role("button", name="增加一项").click()
        rows.get_by_label("获得时间").fill("2019-06")
        rows.get_by_label("成果名称").fill("单面焊双面成形操作法")
        rows.get_by_label("本人作用、效益").fill("独立完成，返修率下降七成")
        me.press("保存并继续")
        self._lose_the_session(me)
        me.press("保存并继续")
        me.sees("对照条件", "应具有中国国籍")
        me.press("继续")

    def _lose_the_session(self, me: Visitor) -> None:
        """It ends while somebody writes; they sign in again beside the form, and what stands in it is saved."""
        status, deeds = me.page.locator("[data-save-status]"), "从学徒做起，在焊接岗位二十二年。" * 8
        with me.refused():
            me.page.context.clear_cookies()
            me.field("主要事迹").fill(deeds)
            expect(status).to_contain_text("登录已过期")
            with me.page.expect_popup() as opened:
                status.get_by_role("link", name="重新登录").click()
            beside = opened.value
            beside.get_by_label(re.compile("^手机号码或电子邮箱")).fill(PHONE)
            beside.get_by_label("密码").first.fill(PASSWORD)
            beside.get_by_role("button", name="登录").first.click()
            expect(beside.get_by_label(re.compile("^主要事迹"))).to_have_value(deeds)
            beside.close()
            me.page.evaluate("window.dispatchEvent(new Event('focus'))")
            expect(status).to_contain_text("已保存于")
        me.page.reload()
        assert me.field("主要事迹").input_value() == deeds

    def _attach(self, visitor: Visitor, slot: str, *contents: ContentFile[bytes]) -> None:
        files = [self.folder / (content.name or slot) for content in contents]
        for file, content in zip(files, contents, strict=True):
            file.write_bytes(content.read())
        part = visitor.page.locator("section.jx-paper").filter(has_text=slot).last
        part.locator("input[type=file]").last.set_input_files(files)
        if len(files) > 1:
            part.get_by_role("button", name=f"合成一份（共 {len(files)} 页）").click()
        expect(visitor.page.get_by_role("link", name=files[0].stem).first).to_be_visible()

    def _upload(self, me: Visitor) -> None:
        """Photographs from the phone for one paper, files for the others."""
        pages = [ContentFile(sample.snapshot(side), name=f"身份证{side}.jpg") for side in ("正面", "反面")]
        self._attach(me, "身份证明", *pages)
        for slot in ("岗位从业年限证明", "职业资格证书", "主要成果证明"):
            self._attach(me, slot, ContentFile(self.proof, name=f"{slot}（扫描）.pdf"))
        me.follow("核对并提交")
        me.sees("表格和材料都已齐全")

    @property
    def proof(self) -> bytes:
        return sample.proof("证明")

    def nominate_and_endorse(self) -> None:
        """The unit's officer begins one nomination, and endorses what another person of the unit handed in."""
        ready = factories.ApplicationFactory(
            campaign=self.campaign,
            member=self.cast.officer,
            unit=self.cast.officer.unit,
            state=State.AWAITING_UNIT,
            at=self.clock(),
            name="阿卜杜热合曼·买买提",
        )
        officer = self.visit("推荐单位经办人", self.width, self.cast.officer)
        officer.open(self.at("unit/"))
        officer.follow("第二届天目工匠")
        officer.follow("推荐人选")
        officer.choose("推荐渠道", "工会组织推荐")
        officer.fill(被推荐人姓名="尚未填")
        officer.page.get_by_label(re.compile("已向被推荐人说明")).check()
        officer.press("开始填写")
        officer.sees("基本情况")
        officer.open(self.at("unit/tianmu/"))
        officer.follow(ready.name)
        officer.choose("推荐意见", "同意推荐")
        officer.field("推荐单位意见").fill("经公示无异议，情况属实，同意推荐。")
        officer.press("提出推荐意见")
        officer.sees("TM2026-0002", "已提交")
        officer.page.close()

    # --- qualification -----------------------------------------------------------------------------------------------

    def review_qualification(self) -> None:
        """The office returns one case, judges and passes it once its applicant has mended it; the others pass by service."""
        factories.ApplicationFactory(campaign=self.campaign, at=self.clock(), name="旦增曲扎")
        factories.ApplicationFactory(campaign=self.campaign, at=self.clock(), name="沈一针")
        self._wait_until(3, 23)
        office = self.office
        office.open(self.at("inbox/tianmu/"))
        office.sees("林守拙", "TM2026-0004")
        office.open(self.at("review/tianmu/"))
        office.follow("开始“资格审核”")
        office.press("开始“资格审核”")
        office.follow("林守拙")
        case = office.path()
        office.follow("退回补正")
        office.asks("主要事迹", "事迹过于简略，请补充近三年的实绩。")
        office.press("退回补正")
        office.sees("已退回林守拙的申报")
        self._mend()
        office.open(case)
        office.sees("近三年完成多项革新", "与上一版相比改了")
        for rule in ("热爱祖国、遵纪守法", "具有高超的技能水平", "他人不可替代的绝技绝活"):
            finding = office.page.locator("li.jx-finding").filter(has_text=rule)
            office.press("符合", within=finding)
        office.press("通过", within=office.page.locator("[data-decide]"))
        self._pass_the_others()
        self._close(office, "资格审核")

    def _mend(self) -> None:
        me = self.applicant
        me.sign_in(Application.objects.get(name="林守拙").applicant)
        me.open(self.at("my/"))
        me.follow("去补正")
        me.sees("事迹过于简略", "主要事迹")
        me.follow("主要事迹")
        me.field("主要事迹").fill("近三年完成多项革新，带徒六人。")
        me.press("保存并继续")
        me.open(self.at("my/"))
        me.follow("去补正")
        me.follow("补正好了，去提交")
        me.press("提交申报")
        me.sees("申报已提交")

    def _pass_the_others(self) -> None:
        stage, actor = self.stage("qualification"), self.cast.office
        for application in review.undecided(stage):
            for rule in self._open_questions(application):
                judgements.judge_rule(application, rule, holds=True, reason="材料属实", actor=actor, at=self.clock())
            outcomes.decide(stage, application, verdict=Verdict.PASSED, actor=actor, at=self.clock())

    def _open_questions(self, application: Application) -> list[str]:
        groups = {rule.id for rule in walk(self.campaign.rules.rules) if isinstance(rule, Group)}
        found = review.findings(application, leaving=review.judged_later(self.campaign)).walk()
        return [one.rule_id for one in found if one.verdict is Found.NEEDS_JUDGEMENT and one.rule_id not in groups]

    def _close(self, office: Visitor, label: str) -> None:
        office.open(self.at("review/tianmu/"))
        office.follow(f"结束“{label}”")
        if office.page.locator("textarea[required]").count():
            office.field("理由").fill("按实际情况办结。")
        office.press(f"结束“{label}”")
        office.sees(f"“{label}”已结束")

    # --- the panel ---------------------------------------------------------------------------------------------------

    def form_the_panel(self) -> None:
        office = self.office
        self._wait_until(4, 16)
        office.open(self.at("review/tianmu/"))
        office.follow("评审团队")
        office.follow("组成评审团队")
        for expert in self.cast.experts:
            office.page.get_by_label(re.compile(str(expert))).check()
        office.press("提交“天目工匠”认定工作领导小组审核")
        office.sees("等待“天目工匠”认定工作领导小组审核")
        leader = self.leader = self.visit("领导小组", self.width, self.cast.leader)
        leader.open(self.at("group/"))
        leader.follow("审核名单")
        leader.sees(*(str(expert) for expert in self.cast.experts))
        leader.field("决议内容").fill("同意组成评审团队。")
        leader.press("记录决议，同意名单")
        leader.sees("邀请已生效")
        office.open(self.at("review/tianmu/"))
        office.follow("开始“专家评审”")
        office.press("开始“专家评审”")
        office.follow("现场考察")
        office.follow("记录考察")
        office.fill(考察日期="2026-04-16", 考察地点="焊接车间", 考察人员="经秋白、评文甲")
        office.field("考察情况").fill("现场操作熟练，焊缝一次合格。")
        office.press("保存考察记录")
        self._visit_the_others()

    def _visit_the_others(self) -> None:
        stage = self.stage("review")
        seen = review.visited(stage)
        for application in review.entrants(stage):
            if application.pk not in seen:
                visits.record_visit(
                    stage,
                    application,
                    visited_on=self.clock().date(),
                    place="生产现场",
                    team=["经秋白", "评文甲"],
                    finding="现场操作熟练。",
                    actor=self.cast.office,
                    at=self.clock(),
                )

    def score(self) -> None:
        """One expert does it all on the screen: accepts, declares, scores every case. The others do by service what they would."""
        expert = self.visit("评审专家", self.width, self.cast.experts[0].member)
        expert.open(self.at("panel/"))
        expert.press("接受邀请")
        expert.follow("申报回避")
        known = expert.page.locator("li.jx-finding").filter(has_text="沈一针")
        known.get_by_label("须回避").check()
        known.get_by_text("填写回避的理由").click()
        known.get_by_label(re.compile("回避的理由")).fill("曾为师徒")
        expert.page.get_by_label(re.compile("我已逐一看过名单")).check()
        expert.press("提交回避申报")
        expert.sees("已申报回避 1 份", "共 3 份")
        assert "沈一针" not in expert.text
        expert.follow("评下一份")
        for n in range(3):
            for field in expert.page.locator("#score input[name^=points-]").all():
                field.fill(str(95 - 5 * n))
            expert.press("保存，评下一份" if n < 2 else "保存评分")
        expert.sees("已评 3 份")
        expert.page.close()
        self._score_by_the_others()

    def _score_by_the_others(self) -> None:
        stage = self.stage("review")
        criteria = [item.id for item in seating.rule_of(stage).criteria]
        for seat in Panel.objects.get(stage=stage).seats.filter(answered_at=None):
            actor = seat.expert.member
            panels.accept_seat(seat, actor=actor, at=self.clock())
            panels.declare_conflicts(seat, applications=[], reasons=[], actor=actor, at=self.clock())
            for n, application in enumerate(review.entrants(stage).order_by("number")):
                points = dict.fromkeys(criteria, str(94 - 5 * n))
                panels.score_case(seat, application, points=points, actor=actor, at=self.clock())

    def close_the_panel(self) -> None:
        office = self.office
        office.open(self.at("review/tianmu/"))
        office.follow("评审团队")
        office.sees("评分封存")
        office.follow("结束评分")
        office.press("结束评分并计算排名")
        office.sees("排名已计算并存档", "林守拙")
        self._close(office, "专家评审")

    # --- before the public -------------------------------------------------------------------------------------------

    def put_before_the_public(self) -> None:
        office = self.office
        self._wait_until(5, 7)
        office.open(self.at("review/tianmu/"))
        office.follow("开始“社会公示”")
        office.press("开始“社会公示”")
        office.open(self.at("publicity/"))
        office.follow("拟写公示")
        office.press("保存并预览")
        office.press("发布公示，4 人")
        office.sees("第 1 版")

    def object(self) -> None:
        """Somebody reads the notice and objects; an officer who never had to do with it answers; the sender reads that."""
        self._wait_until(5, 8)
        public, office = self.public, self.office
        public.open(self.at(""))
        public.follow("看公示名单")
        public.sees("林守拙", "阿卜杜热合曼·买买提", "SHA-256")
        assert "19900" not in public.page.content(), "no phone before the public"
        public.follow("提出异议")
        public.field("反映的对象").select_option(label=public.page.locator("option", has_text="沈一针").inner_text())
        public.fill(异议内容="所列操作法系班组集体完成。", 您的姓名="单士隐", 联系方式="19900070001")
        public.press("提交异议")
        receipt, code = public.page.locator("dl.jx-ticket dd").all_inner_texts()
        office.open(self.at("publicity/"))
        office.follow(receipt)
        office.sees("所列操作法系班组集体完成", "单士隐")
        office.field("承办人").select_option(label="许慎之")
        office.press("确定承办人")
        case = office.path()
        second = self.visit("承办人", self.width, self.cast.second)
        second.open(case)
        second.field("核查的经过和情况").fill("到车间走访，调阅了工艺文件。")
        second.press("记录核查")
        second.choose("核查结论", "异议不成立")
        second.field("查明的情况").fill("操作法由本人首创，班组推广应用。")
        second.field("给反映人的答复").fill("经核查，操作法由本人首创，班组推广应用，反映的问题不成立。")
        second.press("答复")
        second.page.close()
        public.follow("查询办理情况")
        public.fill(受理号=receipt, 查询码=code)
        public.press("查询")
        public.sees("异议不成立", "操作法由本人首创")

    # --- the decision ------------------------------------------------------------------------------------------------

    def resolve(self) -> None:
        """The leading group confirms three and strikes one, with its reason."""
        office, leader = self.office, self.leader
        self._wait_until(5, 21)
        self._close(office, "社会公示")
        office.follow("开始“领导小组审定”")
        office.press("开始“领导小组审定”")
        leader.sign_in(self.cast.leader)
        leader.open(self.at("group/"))
        leader.follow("记录决议")
        for name in ("林守拙", "阿卜杜热合曼·买买提", "旦增曲扎"):
            leader.choose(f"{name}：决定", "通过")
        leader.choose("沈一针：决定", "不予通过")
        leader.box("沈一针").get_by_role("textbox").fill("成果应用时间尚短，留待下届。")
        expect(leader.page.locator("#quota")).to_contain_text("已用 3 名，共 10 名")
        leader.field("决议内容").fill("审定“天目工匠”三名。")
        leader.press("记录决议")
        leader.sees("通过 3 人，不予通过 1 人")
        self._close(office, "领导小组审定")

    # --- the certificates --------------------------------------------------------------------------------------------

    def award(self, start_worker: Callable[..., Any]) -> None:
        """From here on the product's clock shows the machine's time, as the worker's does."""
        self.clock.go_to(datetime.now(tz=UTC))
        office = self.office
        office.sign_in(self.cast.office)
        office.open(self.at("awards/"))
        office.follow("第二届天目工匠")
        office.page.get_by_role("link", name="按审定结果授予").click()
        office.press("授予", within=office.page.locator("dialog[open]"))
        office.sees("已授予 3 人次")
        office.press("生成 3 份证书")
        office.look()
        progress = office.page.locator(".jx-progress")
        expect(progress).to_contain_text("排队中")
        start_worker()
        expect(office.page.locator("main")).to_contain_text("应有 3 份，已生成 3 份", timeout=60_000)
        office.look()
        with office.page.expect_download() as download:
            office.box("林守拙").get_by_role("link", name="下载").click()
        self._read_certificate(download.value.path())

    def _read_certificate(self, path: Path) -> None:
        with pikepdf.open(path) as document:
            assert len(document.pages) == 1
        text = re.sub(r"\s", "", pdfium.PdfDocument(path)[0].get_textpage().get_text_bounded())
        assert "林守拙" in text
        assert "旦增曲扎" not in text

    def verify(self) -> None:
        """Anybody checks the certificate by its code; its holder has it; once revoked it says so."""
        public, office = self.public, self.office
        public.open(self.at("results/tianmu/"))
        public.sees("林守拙", "旦增曲扎")
        assert "沈一针" not in public.text
        public.follow("天目匠〔2026〕001号")
        address = public.path()
        public.sees("证书有效")
        self.applicant.sign_in(Application.objects.get(name="林守拙").applicant)
        self.applicant.open(self.at("my/"))
        self.applicant.follow("查看进度")
        expect(self.applicant.page.locator("#progress")).to_contain_text("天目工匠")
        self.applicant.look()
        self.applicant.open(self.at(""))
        with self.applicant.page.expect_download():
            self.applicant.page.get_by_role("link", name="下载“天目工匠”证书").click()
        office.open(self.at("awards/tianmu/"))
        holder = Certificate.objects.get(number="天目匠〔2026〕001号").award.application.name
        office.follow("撤销", within=office.box(holder))
        office.field("撤销").fill("证书文字有误，另发新证。")
        office.press("撤销这份证书")
        public.open(address)
        public.sees("此证书已撤销", "证书文字有误")

    def look_over_it(self) -> None:
        """The supervisor reads everything and changes nothing; the chain of entries holds."""
        supervisor = self.visit("监督员", self.width, self.cast.supervisor)
        supervisor.open(self.at("review/tianmu/"))
        supervisor.follow("林守拙")
        supervisor.sees("评分", "第 1 名")
        supervisor.open(self.at("audit/"))
        supervisor.press("校验全部记录")
        supervisor.sees("没有一条被改动、删除或插入")


@pytest.mark.parametrize("width", [390, 1280])
def test_a_campaign_from_the_rules_to_the_certificate(
    width: int,
    union: Union,
    visit: Visit,
    clock: Clock,
    start_worker: Callable[..., Any],
    settings: Settings,
    live_server: LiveServer,
    tmp_path: Path,
) -> None:
    settings.DEMO = True  # the outbox with the code for signing up
    settings.SITE_URL = live_server.url
    job = Job(union, visit, clock, width, tmp_path)
    job.load_the_rules()
    job.publish_the_campaign()
    job.apply()
    job.nominate_and_endorse()
    job.review_qualification()
    job.form_the_panel()
    job.score()
    job.close_the_panel()
    job.put_before_the_public()
    job.object()
    job.resolve()
    job.award(start_worker)
    job.verify()
    job.look_over_it()
