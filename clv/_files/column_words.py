"""The names that shops and databases give to the columns of a log of orders, in the order in which they count."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

__all__ = ["PART_WORDS", "Part", "PartWords", "plain_name", "plain_names"]

Part = Literal["customer", "date", "amount", "order_id", "quantity", "price", "status", "currency"]

BRACKETED: Final = re.compile(r"[(\[{【<（［].*?(?:[)\]}】>）］]|$)")
FILLERS: Final = re.compile(r"[\W_]+")


def plain_name(name: str) -> str:
    """A column's name without case, accents that differ by encoding form, spaces and punctuation.

    Examples
    --------
    >>> plain_name(" Order_Date "), plain_name("金　額"), plain_name("E-Mail")
    ('orderdate', '金額', 'email')
    """
    return FILLERS.sub("", unicodedata.normalize("NFKC", name).casefold())


def plain_names(name: str) -> tuple[str, ...]:
    """The plain name, and the one without what is in brackets: a unit, or a remark.

    Examples
    --------
    >>> plain_names("金額(元)"), plain_names("Total")
    (('金額元', '金額'), ('total',))
    """
    short = BRACKETED.sub("", unicodedata.normalize("NFKC", name))
    return tuple(dict.fromkeys(filter(None, (plain_name(name), plain_name(short)))))


@dataclass(frozen=True)
class PartWords:
    """How a part of a log is called.

    Parameters
    ----------
    tiers : tuple of frozenset of str
        Plain names: those of an earlier tier are preferred, those of one tier are equally good.
    plain : int
        How many tiers say what they mean: a name of a later one is a guess.
    has, of, without : re.Pattern
        A name that has these, and one of those, and none of the last, is a guess too.
    """

    tiers: tuple[frozenset[str], ...]
    plain: int
    has: re.Pattern[str]
    of: re.Pattern[str]
    without: re.Pattern[str]


def _words(plain: int, has: str, of: str, without: str, *tiers: str) -> PartWords:
    """Names are separated by commas or line breaks."""
    sets = [frozenset(plain_name(each) for each in re.split(r"[,\n]", tier)) - {""} for tier in tiers]
    return PartWords(
        tuple(names - frozenset().union(*sets[:place]) for place, names in enumerate(sets)),
        plain,
        *(re.compile(pattern) for pattern in (has, of, without)),
    )


NEVER: Final = r"(?!)"
ANY: Final = r""

PART_WORDS: Final[Mapping[Part, PartWords]] = MappingProxyType(
    {
        "order_id": _words(
            2,
            r"order|訂單|订单|注文|주문|bestell|auftrag|commande|pedido|ordine|encomenda|zam[oó]wien|ordre",
            r"id$|no$|number|編號|编号|號碼|号码|番号|번호|nr$|nummer|num[eé]ro|n[uú]mero|numer|序號|單號|单号",
            r"customer|顧客|會員|客戶|客户|kunde|client|product|商品|line|item|phone",
            """order_id, id order, order id, orderid, order number, order no, order no., ordernr,
            order_number, order reference, amazon order id, merchant order id, sales order, 訂單編號,
            訂單號碼, 訂單號, 訂單序號, 訂單代號, 主單編號, 單號, 订单编号, 订单号, 订单号码, 主订单编号,
            单号, 訂單ID, 订单ID, 平台訂單號碼, Bestellnummer, Bestell-Nr, Bestellung, Auftragsnummer,
            Auftragsnr, Bestell-ID, numéro de commande, n° de commande, no commande, commande,
            référence commande, id commande, numéro commande, número de pedido, nº de pedido, nº pedido,
            número pedido, pedido, id pedido, número do pedido, número da encomenda, encomenda,
            numero ordine, n. ordine, ordine, id ordine, bestelnummer, ordernummer, numer zamówienia,
            nr zamówienia, zamówienie, 注文番号, 注文ID, 受注番号, 주문번호, 주문 번호, 주문ID""",
            """transaction id, transactionid, transaction number, receipt, receipt number, receipt no,
            sale id, sale number, invoice, invoice id, invoiceno, invoice no, invoice number, 交易編號,
            交易序號, 銷貨單號, 發票號碼, 交易单号, 交易号, Rechnungsnummer, Belegnummer, factuurnummer,
            伝票番号""",
            """name, reference, référence, referenz, ref, 參考編號""",
        ),
        "customer": _words(
            3,
            r"customer|client|buyer|member|顧客|客戶|客户|會員|会员|買家|买家|消費者|kunde|kunden|cliente|klant|klient|kund|"
            r"고객|회원",
            r"id$|^id|no$|number|code|key|編號|编号|號碼|号码|代號|代号|帳號|账号|賬號|卡號|卡号|番号|번호|nr$|nummer|numer|"
            r"c[oó]digo|メール|mail",
            r"name|姓名|名稱|名称|phone|電話|电话|手機|手机|type|類|类|group|等級|等级|note|備註|备注|留言|order|訂單|订单|address|地址|city|"
            r"country|等級|since|count|first|last|company|店",
            """customer_id, customerid, customer no, customer number, customer code, customer key,
            customernumber, cust_id, custid, client_id, clientid, client number, user_id, userid, member_id,
            memberid, member no, member number, buyer_id, buyerid, account_id, shopper id, contact id,
            household_id, household_key, 會員編號, 會員ID, 會員代號, 會員號碼, 會員卡號, 會員帳號, 會員序號,
            會員號, 顧客編號, 顧客ID, 顧客代號, 顧客號碼, 客戶編號, 客戶ID, 客戶代號, 客戶號碼, 客戶代碼,
            客編, 買家ID, 買家編號, 買家會員編號, 消費者編號, 消費者ID, 用戶ID, 用戶編號, 会员编号, 会员ID,
            会员号, 会员卡号, 会员账号, 顾客编号, 顾客ID, 客户编号, 客户ID, 客户代码, 客户号, 客户编码,
            买家ID, 用户ID, 用户编号, 用户账号, 买家会员ID, 会员编码, Kundennummer, Kundennr, Kunden-Nr,
            Kunden-ID, KundenID, Kd-Nr, Kdnr, Debitor, Debitorennummer, numéro client, n° client, no client,
            id client, identifiant client, code client, numéro de client, id cliente, id_cliente,
            número de cliente, nº cliente, código cliente, código de cliente, código do cliente,
            cod cliente, codice cliente, numero cliente, klantnummer, klant-id, klantnr, klantcode,
            numer klienta, nr klienta, id klienta, kundnummer, kund-id, kundnr, kundenummer, 顧客番号,
            会員番号, 会員ID, 顧客コード, 会員コード, 注文者ID, お客様番号, 고객번호, 고객ID, 회원번호,
            회원ID, 주문자ID, 회원아이디""",
            """email, e-mail, e-mail address, email address, customer email, customer e-mail, buyer email,
            buyer e-mail, billing email, contact email, account email, customer email address, user email,
            payer email, 買家帳號, 買家賬號, 帳號, 電子郵件, 電子信箱, 電子郵件信箱, 會員信箱, 信箱,
            顧客信箱, 顧客電郵, 電郵, 顧客 Email, 顧客電子郵件, 客戶 Email, 訂購人信箱, 訂購人電子郵件,
            訂購人Email, 購買人信箱, 購買人Email, 會員Email, 會員電子郵件, 買家會員名, 買家會員帳號,
            买家账号, 买家会员名, 买家昵称, 买家旺旺, 邮箱, 电子邮件, 电子邮箱, 会员名, 用户名, 买家用户名,
            账号, 客户邮箱, 客户邮件, Kunden-E-Mail, E-Mail-Adresse, adresse e-mail, adresse email,
            courriel, mail client, email client, e-mail client, correo, correo electrónico,
            email del cliente, email cliente, email do cliente, indirizzo email, posta elettronica,
            e-mailadres, adres e-mail, e-post, e-postadress, メールアドレス, 注文者メールアドレス, メール,
            이메일, 이메일주소, 주문자이메일""",
            """customer, client, user, member, buyer, account, shopper, 會員, 顧客, 客戶, 買家, 消費者,
            用戶, 会员, 顾客, 客户, 买家, 用户, 消费者, Kunde, Kundin, Käufer, Besteller, acheteur, cliente,
            comprador, acquirente, klant, klient, kupujący, kund, kunde, 会員, お客様, 고객, 회원""",
            """customer phone, buyer phone, buyer phone number, phone, phone number, mobile, billing phone,
            電話, 手機, 手機號碼, 會員電話, 會員手機, 訂購人電話, 訂購人手機, 顧客電話, 客戶電話, 手机,
            手机号, 手机号码, 买家手机号, 会员手机号, 客户电话, 电话, Telefon, téléphone, teléfono,
            telefone, telefono, telefoon, 電話番号, 휴대폰, 전화번호""",
            """customer name, client name, buyer name, user name, username, bill-to name, billing name,
            full name, member name, 會員姓名, 會員名稱, 顧客姓名, 顧客名稱, 顧客, 客戶姓名, 客戶名稱,
            訂購人, 訂購人姓名, 購買人, 購買人姓名, 買家姓名, 買家名稱, 姓名, 会员姓名, 客户姓名, 客户名称,
            顾客姓名, 买家姓名, 买家名称, 下单人, Kundenname, Name des Kunden, nom du client, nom client,
            nombre del cliente, nombre cliente, nome cliente, nome do cliente, klantnaam, nazwa klienta,
            imię i nazwisko, kundnamn, 顧客名, 氏名, 注文者, 注文者名, お名前, 고객명, 주문자명, 주문자,
            회원명""",
        ),
        "date": _words(
            4,
            r"date|日期|時間|时间|日時|datum|fecha|日$|일자|일시|data",
            r"order|訂|订|購|购|交易|消費|消费|下單|下单|結帳|成立|purchase|sale|invoice|transaction|bestell|rechnung|kauf|commande|achat|"
            r"facture|pedido|compra|ordine|acquisto|bestel|zam[oó]w|注文|受注|주문",
            r"ship|deliver|出貨|发货|發貨|取消|cancel|完成|生日|birth|update|更新|異動|付款|paid|pay|refund|退|最晚|預計|預定|到貨|expir|due|"
            r"liefer|livraison|env[ií]o|entrega|spediz|zone|valuta",
            """order_date, orderdate, order datetime, order time, ordered at, order created at,
            order created, order placed at, date ordered, date of order, order placed, purchase_date,
            purchasedate, purchase date time, purchased at, date of purchase, transaction date,
            transactiondate, transaction time, transaction_dt, invoicedate, invoice_date, sale date,
            sales date, saledate, sold at, placed at, date placed, 訂單日期, 訂單成立日期, 訂單成立時間,
            訂單成立日, 訂單時間, 訂單建立日期, 訂單建立時間, 訂單建立日, 訂購日期, 訂購時間, 訂購日,
            下單日期, 下單時間, 下單日, 購買日期, 購買時間, 購買日, 交易日期, 交易時間, 交易日, 消費日期,
            消費時間, 消費日, 結帳日期, 結帳時間, 銷售日期, 銷貨日期, 成交日期, 成交時間, 訂單日期時間,
            轉單日期, 成立日期, 成立時間, 發票日期, 订单日期, 订单时间, 订单创建时间, 订单创建日期,
            订单成立时间, 下单日期, 下单时间, 购买日期, 购买时间, 交易时间, 消费日期, 消费时间, 成交时间,
            订购日期, 订购时间, 销售日期, 交易创建时间, Bestelldatum, Bestellzeit, Bestellt am,
            Auftragsdatum, Rechnungsdatum, Kaufdatum, Belegdatum, Verkaufsdatum, Datum der Bestellung,
            date de commande, date commande, date de la commande, date d'achat, date de vente,
            date de facture, date facture, fecha de pedido, fecha pedido, fecha del pedido, fecha de compra,
            fecha de venta, fecha compra, data do pedido, data pedido, data da compra, data da encomenda,
            data de compra, data ordine, data dell'ordine, data acquisto, data vendita, besteldatum,
            orderdatum, aankoopdatum, factuurdatum, verkoopdatum, data zamówienia, data zakupu,
            data sprzedaży, orderdato, köpdatum, beställningsdatum, försäljningsdatum, 注文日, 注文日時,
            注文日付, 受注日, 受注日時, 購入日, 購入日時, 売上日, 주문일, 주문일자, 주문일시, 주문날짜,
            구매일, 거래일""",
            """created_at, created at, creation date, date created, created, created on, date added,
            date add, created time, 建立時間, 建立日期, 建立日, 成立時間, 创建时间, 创建日期, 生成时间,
            date de création, fecha de creación, fecha creación, data de criação, data creazione,
            Erstellt am, Erstellungsdatum, aanmaakdatum, data utworzenia, 作成日時, 作成日, 생성일, 등록일""",
            """date, datetime, date time, timestamp, day, 日期, 時間, 日期時間, 时间, 日期时间, Datum,
            週別, 週次, 年週, 周别, 周次, fecha, data, dato, dag, Tag, jour, 日付, 日時, 날짜, 일자, 일시""",
            """paid at, paid date, payment date, payments date, date paid, payment time, 付款日期, 付款時間,
            付款日, 付款完成時間, 買家付款時間, 支付时间, 支付日期, 付款时间, 订单付款时间, 订单付款日期,
            订单支付时间, 入帳日期, Zahlungsdatum, Bezahlt am, date de paiement, fecha de pago,
            data de pagamento, data pagamento, betaaldatum, data płatności, 入金日, 支払日, 결제일, 결제일시""",
        ),
        "amount": _words(
            3,
            r"amount|total|金額|金额|總額|总额|總計|总计|實收|实收|betrag|umsatz|montant|importe|importo|valor|kwota|belopp|金$|금액|revenue|sales",
            ANY,
            r"折|扣|運費|运费|discount|rabat|tax|稅|税|mwst|vat|tva|iva$|ship|versand|退|refund|單價|单价|手續|手续|fee|優惠|优惠|補貼|补贴|"
            r"補助|數量|数量|qty|count|items|積分|积分|point|點|coupon|tip|gift|cost|成本|purchases$|quantity|number",
            """total paid, amount paid, paid amount, total amount paid, order total paid, total collected,
            paid total, total_paid, total paid tax incl, total paid real, 實付金額, 實付款, 實付總額, 實付,
            實收金額, 實收, 實際付款金額, 實際支付金額, 實際金額, 付款金額, 付款總金額, 付款總額, 支付金額,
            買家總支付金額, 買家實際支付金額, 買家支付金額, 訂單實收, 訂單實付金額, 實付總金額, 結帳金額,
            應付金額, 應付總額, 刷卡金額, 实付金额, 实付款, 实付, 实付总额, 实收金额, 实收, 实际付款金额,
            实际支付金额, 买家实际支付金额, 买家实付金额, 买家应付货款, 付款金额, 支付金额, 订单实付金额,
            订单实收金额, 应付金额, 总实付金额, 应收金额, 订单应付金额, 实付总金额, bezahlter Betrag,
            Zahlbetrag, gezahlter Betrag, montant payé, total payé, importe pagado, total pagado,
            valor pago, total pago, importo pagato, totale pagato, betaald bedrag, zapłacono, betalt belopp,
            支払金額, お支払い金額, 支払総額, 支払合計, 입금액, 결제금액, 실결제금액, 총결제금액,
            총 결제금액, 실제결제금액""",
            """order_total, total, grand_total, grandtotal, order amount, order_amount, order value,
            order_value, ordervalue, total amount, total_amount, total price, total_price, total sales,
            total value, invoice amount, invoice total, sale total, sales total, grand total (base),
            net sales, net_sales, transaction amount, 訂單金額, 訂單總金額, 訂單總額, 訂單總計, 訂單合計,
            總金額, 總額, 總計, 合計, 交易金額, 成交金額, 消費金額, 消費總額, 訂購金額, 購買金額, 銷售金額,
            銷貨金額, 營業額, 發票金額, 折扣後金額, 折扣後總額, 含運實收, 订单金额, 订单总金额, 订单总额,
            订单总价, 总金额, 总额, 总计, 合计, 交易金额, 成交金额, 消费金额, 消费总额, 购买金额, 销售金额,
            销售额, 营业额, 总价, Gesamtbetrag, Gesamtsumme, Gesamt, Summe, Bestellsumme, Bestellwert,
            Auftragswert, Rechnungsbetrag, Gesamtpreis, Endbetrag, Bruttobetrag, montant total, total TTC,
            montant TTC, total commande, montant de la commande, montant commande, total de la commande,
            importe total, total pedido, total del pedido, total do pedido, valor total, importo totale,
            totale, totale ordine, totaal, totaalbedrag, orderbedrag, wartość zamówienia, suma, razem,
            kwota zamówienia, do zapłaty, summa, ordersumma, totalt, totalbelopp, ordervärde, 合計金額,
            注文合計, 注文金額, 注文合計金額, 総合計, 総額, 購入金額, 受注金額, 売上, 売上金額, 주문금액,
            총금액, 총 주문금액, 총주문금액, 합계, 합계금액, 구매금액, 매출, 매출액""",
            """amount, revenue, sales, spend, spent, turnover, 金額, 金额, 款項, 消費, 消费, 銷售額, 業績,
            Betrag, Umsatz, Preis gesamt, montant, importe, importo, bedrag, omzet, kwota, wartość, belopp,
            beløp, omsättning, valor, monto, ventas, 売上高, 금액""",
            """gross sales, gross_sales, subtotal, sub total, sub-total, 小計, 訂單小計, 商品總價, 小计,
            Zwischensumme, sous-total, subtotale, 商品金额, 货款金额, 小計金額, 商品金額, line total,
            line amount, item total, item price""",
            """value, price, 價格, 价格, Wert, Preis, prix, precio, prezzo, preço, prijs, cena, pris, 価格,
            가격, monetary, net amount, paid""",
        ),
        "quantity": _words(
            1,
            NEVER,
            NEVER,
            NEVER,
            """quantity, qty, units, lineitem quantity, quantity purchased, quantity ordered,
            quantity-purchased, item quantity, 數量, 購買數量, 訂購數量, 商品數量, 銷售數量, 件數, 数量,
            购买数量, 订购数量, 商品数量, 销售数量, 件数, 宝贝总数量, Menge, Anzahl, Stückzahl, quantité,
            qté, cantidad, quantità, quantidade, aantal, ilość, antal, kvantitet, 個数, 注文数, 수량,
            주문수량""",
        ),
        "price": _words(
            1,
            NEVER,
            NEVER,
            NEVER,
            """unit price, unitprice, unit_price, price per unit, lineitem price, price each, price, 單價,
            商品單價, 售價, 商品售價, 商品活動價格, 单价, 商品单价, 售价, 价格, 價格, Einzelpreis,
            Stückpreis, Preis, prix unitaire, prix, precio unitario, precio, prezzo unitario, prezzo,
            preço unitário, preço, stuksprijs, prijs, cena jednostkowa, cena, styckpris, à-pris, pris, 単価,
            商品単価, 価格, 단가, 판매가, 가격""",
        ),
        "status": _words(
            1,
            r"status|狀態|状态",
            r"order|訂單|订单",
            NEVER,
            """order status, order_status, orderstatus, status, financial status, order state,
            state of order, 訂單狀態, 狀態, 交易狀態, 主單狀態, 訂單類別, 订单状态, 状态, 交易状态,
            Bestellstatus, Auftragsstatus, statut, statut de la commande, état, estado, estado del pedido,
            estado do pedido, status do pedido, stato, stato ordine, bestelstatus, status zamówienia, stan,
            注文状況, ステータス, 注文ステータス, 処理状況, 주문상태, 상태, 주문처리상태""",
            """payment status, fulfillment status, 付款狀態, 退貨 / 退款狀態, 付款状态""",
        ),
        "currency": _words(
            1,
            NEVER,
            NEVER,
            NEVER,
            """currency, currency code, order currency, 幣別, 貨幣, 幣種, 币种, 货币, 币别, Währung, devise,
            monnaie, moneda, moeda, valuta, divisa, waluta, 通貨, 통화""",
        ),
    }
)
