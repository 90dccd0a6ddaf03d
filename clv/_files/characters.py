"""How likely a decoded text is: shares of characters that are common in the writing of its encoding."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Final

__all__ = ["likelihood"]

# Encodings of East Asia list their frequent characters first: Big5's level 1, GB 2312's level 1, JIS level 1 with kana,
# and the syllables of KS X 1001 (see Lunde, CJKV Information Processing, 2nd ed., 2009, chapters 3 and 4).
FREQUENT: Final = {
    "cp950": ((0xA4, 0xC6, ((0x40, 0x7E), (0xA1, 0xFE))),),
    "big5hkscs": ((0xA4, 0xC6, ((0x40, 0x7E), (0xA1, 0xFE))),),
    "gb18030": ((0xB0, 0xD7, ((0xA1, 0xFE),)),),
    "cp932": ((0x82, 0x83, ((0x40, 0xFC),)), (0x88, 0x97, ((0x40, 0xFC),))),
    "cp949": ((0xB0, 0xC8, ((0xA1, 0xFE),)),),
}
# Characters of names, addresses and orders, which say more where there are few.
OF_SHOPS: Final = {
    "cp950": "陳林黃張李王吳劉蔡楊許鄭謝郭洪曾廖賴徐周葉蘇莊呂江何蕭羅高潘簡朱鍾彭詹市縣區鄉鎮村里路街巷弄號樓"
    "段店訂單會員商品金額日期編姓名電話地址備註已取消完成退貨付款信用卡現大小中一二三四五六七八九十元"
    "年月新台北",
    "gb18030": "陈林黄张李王吴刘蔡杨许郑谢郭洪曾廖赖徐周叶苏庄吕江何萧罗高潘简朱钟彭赵孙马胡市县区乡镇村里路街巷"
    "弄号楼段店订单会员商品金额日期编规格姓名电话地址备注已取消完成退货到付款信用卡现支宝微大小中一二"
    "三四五六七八九十元年月新北京上海",
    "cp932": "田中山本佐藤鈴木高橋伊渡辺村小林加吉市区町県都府丁目番号店注文商品会員金額日付氏名電話住所備考済"
    "完了取消返送料",
    "cp949": "김이박최정강조윤장임한오서신권황안송류전홍시도구동로길주문상품명결제취소완료배회원금액일자번호름"
    "화비고반",
}
FULL_WIDTH: Final = ((0x3000, 0x303F), (0xFF00, 0xFF60), (0xFFE0, 0xFFE6), (0x2010, 0x2026))
SIGNS: Final = frozenset("€£¥§°’‘“”„–—…®™«»©²³½·×ºª¿¡")
RARE: Final = -0.5
MANY_SYLLABLES: Final = 8
LIKELY: Final = 0.4
WIDE_OF: Final = {"big5hkscs": "cp950"}
SMALL: Final = re.compile("[a-z]")
ODD: Final = -1.0


@cache
def _frequent(encoding: str) -> frozenset[str]:
    """The characters of an encoding that its standard lists as frequent."""
    found: set[str] = set()
    for first, last, trails in FREQUENT[encoding]:
        for lead in range(first, last + 1):
            pairs = [bytes((lead, trail)) for low, high in trails for trail in range(low, high + 1)]
            found.update(_decoded(pair, encoding) for pair in pairs)
    return frozenset(
        char for char in found if len(char) == 1 and ord(char) >= 0x80 and not 0xE000 <= ord(char) <= 0xF8FF
    )


def _decoded(pair: bytes, encoding: str) -> str:
    """A character, or nothing."""
    try:
        return pair.decode(encoding)
    except UnicodeDecodeError:
        return ""


def likelihood(text: str, encoding: str) -> float:
    """How much a text looks like writing, judged by its characters outside ASCII: at most 1.5; 0 if there are none.

    Parameters
    ----------
    text : str
        Decoded, some hundred characters or more if there are as many.
    encoding : str
        By which it was decoded.

    Returns
    -------
    float

    Examples
    --------
    >>> raw = "會員編號,日期,金額".encode("cp950")
    >>> [round(likelihood(raw.decode(name), name), 1) for name in ("cp950", "gb18030", "cp1252")]
    [1.4, -0.2, -0.6]
    """
    scores = _of_ideographs(text, encoding) if encoding in FREQUENT else _of_letters(text)
    return sum(scores) / len(scores) if scores else 0.0


def _of_ideographs(text: str, encoding: str) -> list[float]:
    """Frequent characters count 1 (many Korean syllables a little more, as Chinese reads as some of them by chance)."""
    frequent, of_shops = _frequent(encoding), OF_SHOPS[WIDE_OF.get(encoding, encoding)]
    best = 1.1 if encoding == "cp949" and sum(char in frequent for char in text) >= MANY_SYLLABLES else 1.0
    scores = []
    for place, char in enumerate(text):
        code = ord(char)
        if code < 0x80:
            continue
        if SMALL.search(
            text[max(place - 1, 0) : place + 2]
        ):  # a letter of a European word that took its neighbour
            scores.append(RARE)
        elif char in frequent:
            scores.append(best + (LIKELY if char in of_shops else 0.0))
        elif any(low <= code <= high for low, high in FULL_WIDTH):
            scores.append(0.5)
        elif (
            0xE000 <= code <= 0xF8FF or 0xFF61 <= code <= 0xFF9F or unicodedata.category(char) in ("Cn", "Cc")
        ):
            scores.append(ODD)
        else:
            scores.append(RARE)
    return scores


def _of_letters(text: str) -> list[float]:
    """A letter in a word of ASCII letters counts 1, and one that is the second such in a row little."""
    scores = []
    for place, char in enumerate(text):
        if ord(char) < 0x80:
            continue
        before, after = text[place - 1 : place] or " ", text[place + 1 : place + 2] or " "
        scores.append(_of_letter(char, before, after))
    return scores


def _of_letter(char: str, before: str, after: str) -> float:
    if char in SIGNS or char == "\xa0":
        in_word = before.isalpha() and after.isalpha() and char not in "’·"
        return ODD if in_word or ord(before) >= 0x80 or ord(after) >= 0x80 else 0.5
    if not char.isalpha():
        return ODD
    if char.isupper() and before.islower():
        return ODD
    near = [side for side in (before, after) if side.isalpha()]
    if not near:
        return RARE
    return 1.0 if any(ord(side) < 0x80 for side in near) else RARE
