"""Why a customer moved, in a sentence: English and Chinese."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from rfm._words import Words

__all__ = ["LANGUAGES", "Change", "clause", "plain_sentence"]

ENGLISH: Final = Words(
    "segment_changes",
    {
        "R_up": "R rose from {before} to {after}: by a purchase, recency went from {old} to {new} days",
        "R_silence": "R fell from {before} to {after}: without a purchase, recency went from {old} to {new} days",
        "R_refund": "R fell from {before} to {after}: by a refund of the last purchase, recency went from {old} to "
        "{new} days",
        "F_up": "F rose from {before} to {after}: by purchases, frequency went from {old} to {new}",
        "F_refund": "F fell from {before} to {after}: by a refund, frequency went from {old} to {new}",
        "F_window": "F fell from {before} to {after}: as earlier orders left the window, frequency went from {old} to "
        "{new}",
        "M_up": "M rose from {before} to {after}: by purchases, monetary went from {old} to {new}",
        "M_purchase": "M fell from {before} to {after}: by smaller purchases, monetary went from {old} to {new}",
        "M_refund": "M fell from {before} to {after}: by a refund, monetary went from {old} to {new}",
        "M_window": "M went from {before} to {after}: as earlier amounts left the window, monetary went from {old} to "
        "{new}",
        "M_correction": "M went from {before} to {after}: without a purchase or refund, monetary went from {old} to "
        "{new}",
        "cut_moved": "{metric} went from {before} to {after}: the cut point moved; the value was {old} and is {new}",
        "value": "{metric} is still {after}, but its value went from {old} to {new}, and the rules read it",
        "attribute": "an attribute that the rules read changed",
        "crossed": " (cut point {cut})",
        "next": "; ",
        "end": ".",
        "new customer": "New customer: no purchase before.",
        "entered the table": "In the later table only, with purchases before.",
        "left the table": "In the earlier table only.",
    },
)
TRADITIONAL: Final = ENGLISH.over(
    {
        "R_up": "R 由 {before} 升至 {after}：因購買，距上次購買由 {old} 天變為 {new} 天",
        "R_silence": "R 由 {before} 降至 {after}：沒有購買，距上次購買由 {old} 天變為 {new} 天",
        "R_refund": "R 由 {before} 降至 {after}：因上次購買退款，距上次購買由 {old} 天變為 {new} 天",
        "F_up": "F 由 {before} 升至 {after}：因購買，購買次數由 {old} 變為 {new}",
        "F_refund": "F 由 {before} 降至 {after}：因退款，購買次數由 {old} 變為 {new}",
        "F_window": "F 由 {before} 降至 {after}：較早的訂單已在期間之外，購買次數由 {old} 變為 {new}",
        "M_up": "M 由 {before} 升至 {after}：因購買，消費金額由 {old} 變為 {new}",
        "M_purchase": "M 由 {before} 降至 {after}：因較小額的購買，消費金額由 {old} 變為 {new}",
        "M_refund": "M 由 {before} 降至 {after}：因退款，消費金額由 {old} 變為 {new}",
        "M_window": "M 由 {before} 變為 {after}：較早的金額已在期間之外，消費金額由 {old} 變為 {new}",
        "M_correction": "M 由 {before} 變為 {after}：沒有購買或退款，消費金額由 {old} 變為 {new}",
        "cut_moved": "{metric} 由 {before} 變為 {after}：分界點移動；數值原為 {old}，現為 {new}",
        "value": "{metric} 仍是 {after}，但規則所讀的數值由 {old} 變為 {new}",
        "attribute": "規則所用的屬性已改變",
        "crossed": "（分界點 {cut}）",
        "next": "；",
        "end": "。",
        "new customer": "新顧客：之前沒有購買。",
        "entered the table": "只在後一個表中，之前已有購買。",
        "left the table": "只在前一個表中。",
    }
)
SIMPLIFIED: Final = ENGLISH.over(
    {
        "R_up": "R 由 {before} 升至 {after}：因购买，距上次购买由 {old} 天变为 {new} 天",
        "R_silence": "R 由 {before} 降至 {after}：没有购买，距上次购买由 {old} 天变为 {new} 天",
        "R_refund": "R 由 {before} 降至 {after}：因上次购买退款，距上次购买由 {old} 天变为 {new} 天",
        "F_up": "F 由 {before} 升至 {after}：因购买，购买次数由 {old} 变为 {new}",
        "F_refund": "F 由 {before} 降至 {after}：因退款，购买次数由 {old} 变为 {new}",
        "F_window": "F 由 {before} 降至 {after}：较早的订单已在期间之外，购买次数由 {old} 变为 {new}",
        "M_up": "M 由 {before} 升至 {after}：因购买，消费金额由 {old} 变为 {new}",
        "M_purchase": "M 由 {before} 降至 {after}：因较小额的购买，消费金额由 {old} 变为 {new}",
        "M_refund": "M 由 {before} 降至 {after}：因退款，消费金额由 {old} 变为 {new}",
        "M_window": "M 由 {before} 变为 {after}：较早的金额已在期间之外，消费金额由 {old} 变为 {new}",
        "M_correction": "M 由 {before} 变为 {after}：没有购买或退款，消费金额由 {old} 变为 {new}",
        "cut_moved": "{metric} 由 {before} 变为 {after}：分界点移动；数值原为 {old}，现为 {new}",
        "value": "{metric} 仍是 {after}，但规则所读的数值由 {old} 变为 {new}",
        "attribute": "规则所用的属性已改变",
        "crossed": "（分界点 {cut}）",
        "next": "；",
        "end": "。",
        "new customer": "新顾客：之前没有购买。",
        "entered the table": "只在后一个表中，之前已有购买。",
        "left the table": "只在前一个表中。",
    }
)
LANGUAGES: Final[Mapping[str, Words]] = {"en": ENGLISH, "zh-Hant": TRADITIONAL, "zh-Hans": SIMPLIFIED}


@dataclass(frozen=True)
class Change:
    """The change of one score, from and to: the values behind it, the cut point crossed (NaN: not known), the cause."""

    metric: str
    scores: tuple[int, int]
    values: tuple[float, float]
    cut: float
    cause: str


def clause(change: Change, words: Words) -> str:
    """One score's change, without a full stop."""
    before, after = change.scores
    said = {"before": str(before), "after": str(after)}
    said |= {"old": _number(change.values[0]), "new": _number(change.values[1])}
    cut = "" if math.isnan(change.cut) else words("crossed", cut=_number(change.cut))
    if change.cause == "cut point moved":
        return words("cut_moved", metric=change.metric, **said) + cut
    if before == after:
        return words("value", metric=change.metric, **said)
    up = after > before and change.cause == "purchase"
    return words(f"{change.metric}_{'up' if up else change.cause}", **said) + cut


def plain_sentence(clauses: list[str], words: Words) -> str:
    """Clauses as a sentence."""
    text = words.english["next"].join(clauses) + words.english["end"]
    return text[0].upper() + text[1:]


def _number(value: float) -> str:
    """Whole numbers as they are, others with two decimals."""
    return f"{value:,.0f}" if value == round(value) else f"{value:,.2f}"
