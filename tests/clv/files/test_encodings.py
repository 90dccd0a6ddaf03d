"""Encodings of text files: right for short files, for whole files, and in words where a byte does not fit."""

from __future__ import annotations

import io
import random

import pytest

from clv._files.characters import likelihood
from clv._files.encodings import detect_encoding, encoding_title, given_encoding
from rfm.errors import DataError

# Texts of cells, none of which is the name of a column that is known.
WORDS = {
    "cp950": "高山烏龍茶 鳳梨酥禮盒 手工皂 芋頭酥 陳怡君 林志明 黃裕銘 台北市 新竹縣 已取消 退貨 貨到付款 備註 規格",
    "gb18030": "高山乌龙茶 凤梨酥礼盒 手工皂 芋头酥 张伟 北京市 广州市 已取消 退货 微信支付 货到付款 备注 规格",
    "cp932": "山田太郎 佐藤花子 東京都 大阪府 抹茶セット ハンドクリーム お茶 備考 送料 ポイント キャンセル スニーカー",
    "cp949": "김민수 이영희 박지성 서울특별시 부산광역시 비고 배송지 취소 반품 운동화 핸드크림 녹차세트 색상",
    "cp1252": "Müller Straße Größe Köln Zürich Prénom français Éléonore Niño Peña ação São João qualità Malmö Ærø",
}


def of(raw: bytes):
    return lambda: io.BytesIO(raw)


def detected(raw: bytes) -> str:
    return raw.decode(detect_encoding(of(raw), "o.csv").name)


@pytest.mark.parametrize("encoding", WORDS)
@pytest.mark.parametrize("words", [1, 2, 5])
def test_five_rows_are_enough(encoding, words):
    random_ = random.Random(words)
    for _ in range(40):
        cells = random_.sample(WORDS[encoding].split(), words)
        text = "".join(f"{place:05d},2024/01/{place + 1:02d},{word}\r\n" for place, word in enumerate(cells))
        raw = f"customer,date,x\r\n{text}".encode(encoding)
        assert detected(raw) == raw.decode(encoding), cells


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        ("會員編號,日期,金額\r\n00123,2024/01/02,450\r\n", "cp950"),
        ("客户,日期,金额\r\n00123,2024/01/02,450\r\n", "gb18030"),
        ("會員編號,訂單日期,金額\r\n00123,2024/01/02,450\r\n", "gb18030"),
        ("Kunde;Betrag;Straße\r\n", "cp1252"),
        ("Kunde;Betrag;Land\r\n1;45 €;AT\r\n", "cp1252"),
        ("Numéro client;Montant payé\r\n1;2\r\n", "cp1252"),
        ("Klient;Kwota zamówienia;Miasto\r\n1;2;Łódź\r\n2;3;Białystok\r\n", "cp1250"),
        ("顧客番号,注文日,合計金額\r\n1,2,3\r\n", "cp932"),
        ("고객번호,주문일,금액\r\n1,2,3\r\n", "cp949"),
        ("會員編號,姓名,金額\r\n1,陳堃,3\r\n2,林煊,5\r\n", "big5hkscs"),
        ("會員編號,姓名,金額\r\n1,宏碁恒裏銹,3\r\n", "cp950"),
        ("會員編號\t日期\r\n1\t2\r\n", "utf-16"),
        ("會員編號\t日期\t金額\r\n1\t2\t3\r\n", "utf-16-le"),
        ("會員編號\t日期\t金額\r\n1\t2\t3\r\n", "utf-16-be"),
        ("會員編號,日期\r\n", "utf-8"),
        ("會員編號,日期\r\n", "utf-8-sig"),
        ("customer,date\r\n", "ascii"),
        ("customer,date\r\n1,2\r\n", "utf-32"),
    ],
)
def test_a_header_is_enough(text, encoding):
    assert detected(text.encode(encoding)).removeprefix("\ufeff") == text


def test_an_encoding_that_is_not_certain_is_said():
    found = detect_encoding(of("customer,x\r\n1,누구\r\n".encode("cp949")), "o.csv")
    assert found.rival is not None
    assert found.example != found.rival_example
    unsure = detect_encoding(of("customer,city\n1,Żółty\n".encode("cp1250")), "o.csv")
    assert {unsure.name, unsure.rival} == {"cp950", "cp1250"}
    assert (unsure.example, unsure.rival_example) == ("草速y", "Żółty")


ROWS = 60_000  # more than a chunk


@pytest.mark.parametrize(
    ("encoding", "title"), [("utf-8", "UTF-8"), ("cp950", r"Big5 \(CP950\)"), ("gb18030", "GB18030")]
)
def test_a_bad_byte_far_down_is_named_by_its_line(encoding, title):
    lines = ["會員編號,日期,金額", *["00123,2024/01/02,四百五十"] * ROWS]
    raw = bytearray("\r\n".join(lines).encode(encoding))
    place = raw.index(b"2024", len(raw) * 3 // 4)
    raw[place] = 0xFF
    line = raw[:place].count(b"\n") + 1
    with pytest.raises(
        DataError, match=rf"it is {title} but for byte 0xff in line {line:,}\. Hint: .*--encoding"
    ):
        detect_encoding(of(bytes(raw)), "o.csv")


def test_letters_far_down_decide_a_file_that_begins_in_ascii():
    raw = b"customer,city\n" + b"00123,Bonn\n" * 200_000 + "00124,Köln\n00125,Würzburg\n".encode("cp1252")
    assert detect_encoding(of(raw), "o.csv").name == "cp1252"


@pytest.mark.parametrize(
    ("raw", "message"),
    [
        (b"a,b\n1,\0\n", "o.csv cannot be read: line 2 holds a NUL byte, so it is no text"),
        ("a\tb\n1\t\0\n".encode("utf-16"), "o.csv cannot be read: line 2 holds a NUL character"),
        (b"\xff\xfea\0b", "o.csv cannot be read: it is UTF-16 but for byte 0x62 in line 1"),
        ("name,city\n1,Zoé\n2,Łódź\n".encode() + b"3,\xff\n", "it is UTF-8 but for byte 0xff in line 4"),
        (bytes(range(1, 256)) * 9, "o.csv cannot be read: it is"),
    ],
)
def test_what_is_no_text_is_refused(raw, message):
    with pytest.raises(DataError, match=message):
        detect_encoding(of(raw), "o.csv")


@pytest.mark.parametrize(
    ("name", "text", "written", "found"),
    [
        ("big5", "會員", "cp950", "cp950"),
        ("Big5", "陳堃", "big5hkscs", "big5hkscs"),
        ("gbk", "会员", "gb18030", "gb18030"),
        ("shift_jis", "①", "cp932", "cp932"),
        ("latin-1", "45 €", "cp1252", "cp1252"),
        ("latin-1", "\x81", "latin-1", "latin-1"),
        ("utf-8", "é", "utf-8-sig", "utf-8-sig"),
        ("utf-16", "é", "utf-16", "utf-16"),
        ("utf-16", "ab", "utf-16-le", "utf-16-le"),
        ("utf-16", "ab", "utf-16-be", "utf-16-be"),
        ("koi8-r", "да", "koi8-r", "koi8-r"),
    ],
)
def test_names_stand_for_what_windows_writes(name, text, written, found):
    assert given_encoding(of(text.encode(written)), name, "o.csv").name == found


def test_a_given_encoding_that_does_not_fit_names_the_line():
    message = (
        r"o\.csv is not text in 'big5': byte 0xff in line 2 cannot be decoded. Hint: leave out --encoding"
    )
    with pytest.raises(DataError, match=message):
        given_encoding(of(b"a\n\xff\n"), "big5", "o.csv")


def test_likelihood_prefers_the_encoding_that_a_text_was_written_in():
    for encoding, words in WORDS.items():
        raw = words.replace(" ", "\n").encode(encoding)
        scores = {name: likelihood(raw.decode(name, "replace"), name) for name in WORDS}
        assert max(scores, key=scores.__getitem__) == encoding


def test_titles_are_those_that_people_know():
    assert [encoding_title(name) for name in ("utf-8-sig", "big5hkscs", "koi8-r")] == [
        "UTF-8",
        "Big5-HKSCS",
        "koi8-r",
    ]
