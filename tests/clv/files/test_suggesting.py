"""Columns by their names: in many languages, and in the exports of shop systems whose headers are public."""

from __future__ import annotations

import pytest

from clv._files.column_words import PART_WORDS, plain_name, plain_names
from clv._files.suggesting import known_parts, suggest, suggestions

# Headers, where each is from, and the customer, the date, the amount and more that are meant.
SYSTEMS = {
    # help.shopify.com, "Exporting orders": the table of the CSV's columns
    "Shopify": (
        "Name|Email|Financial Status|Paid at|Fulfillment Status|Fulfilled at|Accepts Marketing|Currency|Subtotal|"
        "Shipping|Taxes|Total|Discount Code|Discount Amount|Shipping Method|Created at|Lineitem quantity|"
        "Lineitem name|Lineitem price|Lineitem compare at price|Billing Name|Shipping Name|Notes|Cancelled at|"
        "Payment Method|Refunded Amount|Billing Phone",
        {"customer": "Email", "date": "Created at", "amount": "Total", "status": "Financial Status",
         "currency": "Currency", "order_id": "Name", "quantity": "Lineitem quantity"},
    ),
    # default columns of an export plugin for WooCommerce, as its users list them (pastebin.com/8JR3aXGB)
    "WooCommerce": (
        "id|status|order_date|billing_first_name|billing_last_name|billing_company|billing_city|billing_email|"
        "billing_phone|customer_note|order_discount|order_tax|order_shipping|order_total|completed_date|"
        "number_of_different_items|total_number_of_items|coupon_discount",
        {"customer": "billing_email", "date": "order_date", "amount": "order_total", "status": "status"},
    ),
    # the CSV of Magento 2's grid of orders, as a public log of its export prints it
    "Magento": (
        "ID|Purchase Point|Purchase Date|Bill-to Name|Ship-to Name|Grand Total (Base)|Grand Total (Purchased)|Status|"
        "Billing Address|Shipping Address|Shipping Information|Customer Email|Customer Group|Subtotal|"
        "Shipping and Handling|Customer Name|Payment Method|Total Refunded",
        {"customer": "Customer Email", "date": "Purchase Date", "amount": "Grand Total (Base)", "status": "Status"},
    ),
    # Amazon's order report, as several public importers document it
    "Amazon": (
        "order-id|order-item-id|purchase-date|payments-date|buyer-email|buyer-name|buyer-phone-number|sku|"
        "product-name|quantity-purchased|currency|item-price|item-tax|shipping-price|shipping-tax|"
        "ship-service-level|recipient-name|ship-address-1",
        {"customer": "buyer-email", "date": "purchase-date", "amount": "item-price", "order_id": "order-id",
         "quantity": "quantity-purchased", "currency": "currency"},
    ),
    # Square's transactions CSV, as its own sample converter's tests hold it
    "Square": (
        "Date|Time|Time Zone|Gross Sales|Discounts|Service Charges|Net Sales|Gift Card Sales|Tax|Tip|"
        "Partial Refunds|Total Collected|Source|Card|Cash|Fees|Net Total|Transaction ID|Payment ID|Device Name|"
        "Staff Name|Staff ID|Event Type|Location|Customer ID|Customer Name",
        {"customer": "Customer ID", "date": "Date", "amount": "Total Collected", "order_id": "Transaction ID"},
    ),
    # 蝦皮 (Shopee), as a public ETL project maps its columns
    "蝦皮": (
        "訂單編號|訂單狀態|不成立原因|退貨 / 退款狀態|買家帳號|訂單成立日期|商品總價|買家支付運費|蝦皮補助運費|"
        "退貨運費|買家總支付金額|蝦皮補貼金額|蝦幣折抵|優惠代碼|賣場優惠券|成交手續費|商品名稱|商品原價|商品活動價格|數量|退貨數量|"
        "收件者電話|最晚出貨日期|買家付款時間|實際出貨時間|訂單完成時間",
        {"customer": "買家帳號", "date": "訂單成立日期", "amount": "買家總支付金額", "order_id": "訂單編號",
         "status": "訂單狀態", "quantity": "數量"},
    ),
    # 淘宝 and 天猫: the report that many public analyses read
    "淘宝": (
        "订单编号|买家会员名|总金额|买家实际支付金额|收货地址 |订单创建时间|订单付款时间 |退款金额|宝贝种类|宝贝总数量",
        {"customer": "买家会员名", "date": "订单创建时间", "amount": "买家实际支付金额", "order_id": "订单编号"},
    ),
    # momo, as a public converter of its vendors' files types them: it has no customers
    "momo": (
        "訂單編號|訂單成立日|實際出貨日|收件人姓名|商品原廠編號|品名|數量|進價(含稅)|售價(含稅)|訂單類別|退貨原因|回收送達日",
        {"date": "訂單成立日", "order_id": "訂單編號", "quantity": "數量", "price": "售價(含稅)"},
    ),
    # CS-Cart's Japanese manual
    "CS-Cart": (
        "Order ID|E-mail|User ID|Total|Subtotal|Discount|Shipping cost|Date|Status|Payment ID|IP address|Currency",
        {"customer": "User ID", "date": "Date", "amount": "Total", "order_id": "Order ID", "status": "Status"},
    ),
    # SHOPLINE, as several public scripts select from its report of 139 columns
    "SHOPLINE": (
        "訂單號碼|訂單日期|訂單狀態|付款方式|訂單合計|送貨方式|收件人|城市|商品名稱|選項|商品結帳價|數量|推薦活動|推薦代碼|"
        "訂單來源|顧客 ID|顧客|電郵|電話號碼|性別|會員等級|會員註冊日期|地址 1|地址 2",
        {"customer": "顧客 ID", "date": "訂單日期", "amount": "訂單合計", "order_id": "訂單號碼", "status": "訂單狀態",
         "quantity": "數量"},
    ),
    # docs.shopware.com, "Export of orders" (Shopware 5)
    "Shopware": (
        "orderId|number|customerId|status|cleared|paymentId|dispatchId|shopId|invoiceAmount|invoiceAmountNet|"
        "invoiceShipping|invoiceShippingNet|orderTime|transactionId|comment|customerComment|currency",
        {"customer": "customerId", "date": "orderTime", "amount": "invoiceAmount", "order_id": "orderId",
         "status": "status", "currency": "currency"},
    ),
    # PrestaShop's table of orders, as its own list of orders queries it (a public gist)
    "PrestaShop": (
        "id_order|reference|total_paid_tax_incl|payment|date_add|id_currency|customer|email|osname|country",
        {"customer": "email", "date": "date_add", "amount": "total_paid_tax_incl", "order_id": "id_order"},
    ),
    # UCI, Online Retail II
    "UCI": (
        "Invoice|StockCode|Description|Quantity|InvoiceDate|Price|Customer ID|Country",
        {"customer": "Customer ID", "date": "InvoiceDate", "order_id": "Invoice", "quantity": "Quantity",
         "price": "Price"},
    ),
}  # fmt: skip

LANGUAGES = {
    "zh-Hant": "會員編號 日期 金額",
    "zh-Hant, a client": "客戶 訂購日期 消費金額",
    "zh-Hans": "会员编号 下单时间 实付金额",
    "de": "Kundennummer Bestelldatum Gesamtbetrag",
    "de, short": "Kunde Datum Betrag",
    "fr": "client date montant",
    "es": "cliente fecha importe",
    "it": "cliente data importo",
    "pt": "cliente data valor",
    "nl": "klantnummer besteldatum bedrag",
    "pl": "klient data kwota",
    "sv": "kundnummer datum belopp",
    "ja": "顧客番号 注文日 合計金額",
    "ko": "고객번호 주문일자 결제금액",
    "en": "customer_id date amount",
}


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_columns_of_shop_systems(system):
    header, meant = SYSTEMS[system]
    found = suggest(header.split("|"))
    assert {part: found.get(part) for part in meant} == meant
    assert set(found) - set(meant) <= {"price", "quantity", "status", "currency"}
    assert ("customer" in found) == ("customer" in meant)
    assert ("amount" in found) == ("amount" in meant)


@pytest.mark.parametrize("language", LANGUAGES)
def test_columns_in_the_languages_of_shops(language):
    names = LANGUAGES[language].split()
    found = suggestions(names)
    assert [found[part].columns for part in ("customer", "date", "amount")] == [(name,) for name in names]
    assert all(each.sure for each in found.values())
    assert known_parts(names) == 3


def test_an_id_is_preferred_to_a_name_and_the_rest_is_told():
    found = suggestions(["會員姓名", "會員電話", "Email", "會員編號"])["customer"]
    assert found.columns == ("會員編號",)
    assert found.others == ("Email", "會員電話", "會員姓名")
    assert found.sure


def test_a_name_or_a_price_is_a_guess():
    found = suggestions(["會員姓名", "出貨日期", "單價"])
    assert not found["customer"].sure
    assert "date" not in found
    assert not suggestions(["customer", "date", "price"])["amount"].sure


def test_two_that_are_equally_good_are_not_suggested():
    found = suggestions(["customer_id", "user_id", "date", "訂單金額", "總金額"])
    assert found["customer"].columns == ("customer_id", "user_id")
    assert found["amount"].columns == ("訂單金額", "總金額")
    assert not found["customer"].sure
    assert suggest(["customer_id", "user_id", "date"]) == {"date": "date"}


def test_units_and_remarks_in_brackets_do_not_matter():
    assert suggest(["會員編號（必填）", "日期", "金額(元)"]) == {
        "customer": "會員編號（必填）",
        "date": "日期",
        "amount": "金額(元)",
    }
    assert plain_name("Ｅ－Ｍａｉｌ") == "email"
    assert plain_names("Total [EUR]") == ("totaleur", "total")


def test_names_that_are_like_those_that_are_known_are_guesses():
    found = suggestions(["VIP會員卡號碼", "門市交易日期時間", "本次消費總金額", "折扣金額", "運費金額"])
    assert [found[part].columns for part in ("customer", "date", "amount")] == [
        ("VIP會員卡號碼",),
        ("門市交易日期時間",),
        ("本次消費總金額",),
    ]
    assert not any(each.sure for each in found.values())


def test_suggest_names_only_what_looks_right():
    assert suggest(["foo", "Order_Date"]) == {"date": "Order_Date"}
    assert suggest([]) == {}


def test_a_name_is_in_one_tier_only():
    for words in PART_WORDS.values():
        names = [name for tier in words.tiers for name in tier]
        assert len(names) == len(set(names))
        assert all(name == plain_name(name) for name in names)
