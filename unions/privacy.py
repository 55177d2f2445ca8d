"""What people are told before they hand personal data over (个人信息保护法 第十四、十七条)."""

import hashlib
from typing import Final

from unions.models import Union

_STANDARD: Final = """一、谁处理您的个人信息
{name}（以下简称“本会”）组织工匠认定、选树活动，是您个人信息的处理者。联系电话：{phone}；地址：{address}。

二、处理哪些信息，为了什么
为核对申报条件、组织评审、公示和颁发证书，本会收集您填写的姓名、性别、出生日期、身份证件号码、联系方式、工作单位、从业经历、荣誉成果，以及您上传的证明材料和照片。不收集与此无关的信息。

三、敏感个人信息
身份证件号码属于敏感个人信息，只用于核对身份和防止重复申报。号码加密保存，页面上只显示首尾几位；工作人员查看完整号码须填写理由，并留有记录。

四、谁能看到
申报材料由认定办公室、您的推荐单位、评审专家和领导小组在各自职责范围内查看。进入公示的，姓名、工作单位、岗位和主要事迹等依通知要求向社会公布，不公布身份证件号码和电话。

五、保存多久
按活动规则载明的期限保存；期满或您依法要求删除的，删除您的个人密钥和上传的文件，已加密的信息即无法再读取。不含姓名的统计数字保留；获得称号的，姓名、工作单位、称号和证书作为公开记录保留。

六、您的权利
您可以查阅、复制、更正自己的信息，可以请求删除，可以在审定前撤回申报，可以撤回本同意；撤回同意不影响撤回前的处理，但撤回后将无法继续参加活动。登录后打开“我的个人信息”即可办理，也可以通过上述电话联系本会。"""


def text_of(union: Union) -> str:
    """The union's own text, or the standard one with its name and contacts."""
    if union.privacy_text.strip():
        return union.privacy_text
    return _STANDARD.format(
        name=union.name, phone=union.contact_phone or "见网站首页", address=union.contact_address or "见网站首页"
    )


def digest_of(union: Union) -> str:
    return hashlib.sha256(text_of(union).encode()).hexdigest()
