"""One row of a scheme: a segment's name, its rule, and the action for its customers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from rfm._options import check_text, received, text_by_text
from rfm._printed import short_repr
from rfm._rules import Rule
from rfm._schemes.assigning import naming
from rfm.errors import SchemeError

__all__ = ["Segment"]

KEYS = ("name", "rule", "action", "labels", "actions", "rule_in_window")


EXAMPLES = {"labels": 'labels={"fr": "perdus"}', "actions": 'actions={"fr": "Laisser partir"}'}


@dataclass(frozen=True)
class Segment:
    """One row of a scheme: a name, the rule of who belongs to it, and the recommended action.

    Parameters
    ----------
    name : str
        In English; the value in the column ``segment``.
    rule : str, optional
        See `Rule`. Only the scheme's default segment may go without.
    action : str
        Recommended action for these customers, in English.
    labels, actions : mapping of language to text
        The name and the action in other languages: ``{"zh-Hant": "…", "zh-Hans": "…"}``.
    rule_in_window : str, optional
        The rule where F and M are scores of a window (see `rfm.score`), if it is another: there the lowest F says
        nothing of orders before the window, of which ``orders <= orders_in_window`` says that there are none.

    Attributes
    ----------
    parsed : Rule or None
        The rule, parsed.

    Raises
    ------
    SchemeError
        If the name is empty.
    RuleError
        If the rule cannot be read.

    See Also
    --------
    Scheme : Segments in their order.
    Rule : The condition.

    Examples
    --------
    >>> Segment("whale", "M == 5", action="Call in person", labels={"zh-Hant": "大戶"}).label("zh-Hant")
    '大戶'
    """

    name: str
    rule: str | None = None
    action: str = ""
    labels: Mapping[str, str] = field(default_factory=dict, hash=False)
    actions: Mapping[str, str] = field(default_factory=dict, hash=False)
    rule_in_window: str | None = None
    parsed: Rule | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name.strip():
            raise SchemeError(f"A segment needs a name; got {received(self.name)}.")
        if not isinstance(self.action, str):
            raise SchemeError(f"Segment {self.name!r}: action must be text; got {received(self.action)}.")
        with naming(self.name):
            object.__setattr__(self, "parsed", None if self.rule is None else Rule(self.rule))
            if self.rule_in_window is not None:
                if self.rule is None:
                    raise SchemeError("rule_in_window stands in for a rule. Hint: rule=… as well.")
                Rule(self.rule_in_window)
        for texts in ("labels", "actions"):
            given = text_by_text(texts, getattr(self, texts), EXAMPLES[texts], SchemeError)
            object.__setattr__(self, texts, MappingProxyType(given))

    def __repr__(self) -> str:
        return short_repr(self)

    def __reduce__(self) -> tuple[Any, ...]:
        return Segment, (
            self.name,
            self.rule,
            self.action,
            dict(self.labels),
            dict(self.actions),
            self.rule_in_window,
        )

    def label(self, language: str = "en") -> str:
        """The name in a language; the English name if there is none.

        Parameters
        ----------
        language : str
            As in the labels: "zh-Hant".

        Returns
        -------
        str

        See Also
        --------
        Segment.action_in : Its action in a language.

        Examples
        --------
        >>> lost = Segment("lost", "R == 1", labels={"fr": "perdus"})
        >>> lost.label("fr"), lost.label("de")
        ('perdus', 'lost')
        """
        check_text("language", language, 'language="fr"', SchemeError)
        return self.labels.get(language, self.name)

    def action_in(self, language: str = "en") -> str:
        """The action in a language; the English one if there is none.

        Parameters
        ----------
        language : str
            As in the actions: "zh-Hant".

        Returns
        -------
        str

        See Also
        --------
        Segment.label : Its name in a language.

        Examples
        --------
        >>> Segment("lost", "R == 1", action="Let go", actions={"fr": "Laisser partir"}).action_in("fr")
        'Laisser partir'
        """
        check_text("language", language, 'language="fr"', SchemeError)
        return self.actions.get(language, self.action)

    def to_dict(self) -> dict[str, Any]:
        """Plain data without empty fields.

        Returns
        -------
        dict

        See Also
        --------
        Scheme.to_dict : Of all segments of a scheme.

        Examples
        --------
        >>> Segment("lost", "R == 1").to_dict()
        {'name': 'lost', 'rule': 'R == 1'}
        """
        values = ((key, getattr(self, key)) for key in KEYS)
        return {key: dict(value) if isinstance(value, Mapping) else value for key, value in values if value}
