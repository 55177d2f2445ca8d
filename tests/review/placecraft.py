"""Snippets of an invented notice that divides its titles in every way a rule set can say."""

from typing import Any

from tests.review.stagecraft import toml

FIELDS = """
[[form.sections]]
id = "more"
title = "其他情况"
fields = [
  { id = "sex", type = "choice", label = "性别", fact = "gender", options = [{ value = "男" }, { value = "女" }] },
  { id = "manager", type = "yes_no", label = "担任管理职务", fact = "manager" },
  { id = "field", type = "multi", label = "申报类别", required = true, options = [{ value = "制造类" }, { value = "服务类" }, { value = "不分类" }] },
  { id = "wanted", type = "choice", label = "申报等次", options = [{ value = "首席工匠" }, { value = "示例工匠" }, { value = "服从安排" }] },
]

[[papers]]
id = "annex"
kind = "form"
title = "附表"
pages = [{ columns = 4, rows = [[{ field = "sex" }, { field = "manager" }, { field = "field" }, { field = "wanted" }]] }]
"""


def table(head: str, **values: Any) -> str:
    return "\n".join([head, *(f"{key} = {toml(value)}" for key, value in values.items())])


def programme(places: int, code: str = "hundred", **more: Any) -> str:
    given = {"code": code, "title": "三年计划", "places": places, "years": [2025, 2026, 2027], "clause": "一", **more}
    return table("[programme]", **given)


def category(key: str, **more: Any) -> str:
    label = {"made": "制造类", "served": "服务类"}[key]
    return table("[[categories]]", id=key, label=label, **{"clause": "二（一）", **more})


def tier(key: str, **more: Any) -> str:
    label, order = {"chief": ("首席工匠", 1), "ordinary": ("示例工匠", 2)}[key]
    return table("[[tiers]]", id=key, label=label, order=order, **{"clause": "二（二）", **more})


WOMEN = {"fact": "gender", "op": "one_of", "values": ["女"]}
MANAGERS = {"fact": "manager", "op": "is", "value": True}


def composition(key: str, where: dict[str, Any], strength: str = "must", **more: Any) -> str:
    label = {"women": "女性", "managers": "管理人员"}.get(key, key)
    given = {
        "id": key,
        "label": label,
        "text": f"{label}有规定",
        "strength": strength,
        "where": where,
        "clause": "二（三）",
    }
    return table("[[composition]]", **{**given, **more})


def notice(*parts: str) -> str:
    """What goes to the end of `stagecraft.rules_text`."""
    return "\n\n".join([FIELDS, *parts])
