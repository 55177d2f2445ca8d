"""What a rehearsal takes over from a campaign that is being set up: passed as a file, because the play knows no live address."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any, Self

from campaigns.models import Campaign
from campaigns.rules import loader
from campaigns.rules.schema import RuleSet
from campaigns.selectors import calendar_of


@dataclass(frozen=True, slots=True)
class Draft:
    """What an officer already changed: the frozen rules of a draft, and the union's own calendar. Empty: as the notice says."""

    rules_data: Mapping[str, Any] | None = None
    days: Mapping[date, bool] = field(default_factory=dict)
    years: Sequence[int] = ()

    @property
    def rules(self) -> RuleSet | None:
        return loader.from_frozen(self.rules_data) if self.rules_data is not None else None

    @classmethod
    def of(cls, campaign: Campaign) -> Self:
        calendar = calendar_of(campaign.union)
        return cls(campaign.rules_data, calendar.overrides, sorted(calendar.confirmed_years))

    @classmethod
    def read(cls, path: Path) -> Self:
        data = json.loads(path.read_text(encoding="utf-8"))
        return cls(data["rules"], {date.fromisoformat(day): works for day, works in data["days"]}, data["years"])

    def write(self, path: Path) -> None:
        days = [[day.isoformat(), works] for day, works in self.days.items()]
        data = {"rules": self.rules_data, "days": days, "years": self.years}
        path.write_text(json.dumps(data, ensure_ascii=False), encoding="utf-8")
