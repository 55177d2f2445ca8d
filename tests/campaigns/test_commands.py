from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from campaigns.models import RuleSet
from campaigns.rules import loader
from unions.models import AuditEntry, Union
from unions.states import Role


def run(*arguments: str) -> tuple[str, str]:
    out, err = StringIO(), StringIO()
    try:
        call_command("rulesets", *arguments, stdout=out, stderr=err)
    except CommandError as error:
        err.write(str(error))
    return out.getvalue(), err.getvalue()


@pytest.fixture
def broken(tmp_path: Path) -> Path:
    path = tmp_path / "linan-2018.toml"
    text = (loader.RULESETS / "linan-2018.toml").read_text(encoding="utf-8")
    path.write_text(text.replace("places = 10", "place = 10", 1), encoding="utf-8")
    return path


def test_check_without_a_file_checks_what_comes_with_the_product() -> None:
    out, err = run("check")

    assert not err
    assert out.count("没有问题") == len(loader.builtin_codes())


def test_check_names_file_line_key_and_reason(broken: Path) -> None:
    _, err = run("check", str(broken))

    assert f"{broken} 第" in err
    assert "place" in err
    assert "共 " in err


def test_show_reads_like_the_notice() -> None:
    out, _ = run("show", "linan-2018")

    assert "第二届“天目工匠”" in out
    assert "三（二）" in out


def test_show_of_a_broken_file_says_why(broken: Path) -> None:
    assert "place" in run("show", str(broken))[1]


def test_load_puts_a_rule_set_into_a_union(union: Union) -> None:
    out, err = run("load", "linan-2018", "--union", union.slug)

    ruleset = RuleSet.objects.get()
    assert not err
    assert ruleset.sha256 in out
    assert AuditEntry.objects.get(action="ruleset.loaded").actor.role == Role.SYSTEM


def test_load_refuses_a_broken_file_and_an_unknown_union(union: Union, broken: Path) -> None:
    assert "place" in run("load", str(broken), "--union", union.slug)[1]
    assert "没有地址标识为“nowhere”的工会" in run("load", "linan-2018", "--union", "nowhere")[1]
    assert not RuleSet.objects.exists()


def test_a_name_that_is_nothing_is_answered_with_what_there_is() -> None:
    err = run("show", "nowhere-2000")[1]

    assert "没有文件或内置规则集“nowhere-2000”" in err
    assert "linan-2018" in err


def test_a_file_in_another_encoding_is_named(tmp_path: Path) -> None:
    path = tmp_path / "x.toml"
    path.write_bytes("名称".encode("gbk"))

    assert "不是 UTF-8" in run("check", str(path))[1]
