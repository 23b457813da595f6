"""What columns of orders are called by the people and programs who write them, and what each means."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

MEANINGS: Final[Mapping[str, str]] = {
    "order_id": "name of the order",
    "date": "day of the order, where the time has none",
    "placed": "when it was placed",
    "ready": "when the kitchen was done",
    "merchant": "id or name of a merchant of the map",
    "merchant_lon": "longitude of the merchant",
    "merchant_lat": "latitude of the merchant",
    "merchant_position": "latitude and longitude of the merchant, in one cell",
    "community": "id or name of a community of the map",
    "customer_lon": "longitude of the customer",
    "customer_lat": "latitude of the customer",
    "customer_position": "latitude and longitude of the customer, in one cell",
    "mass": "mass of the parcel",
    "preparation": "what the kitchen took",
    "expected": "what the kitchen was expected to take",
    "state": "what became of it: orders that were cancelled are left out",
    "cancelled": "a mark or a time of cancellation: such orders are left out",
}
POSITIONS: Final = {"merchant_position": "merchant", "customer_position": "customer"}
"""Meanings of columns that hold both degrees, used where no two columns have them."""
"""All that a trace can use; nothing else is read."""

_WORDS: Final[Mapping[str, str]] = {
    "order_id": "orderid orderno ordernumber ordernr id order bestellnummer bestellid bestellnr auftragsnummer "
    "numerodecommande commande idpedido pedido numeropedido 订单号 订单编号 订单id 单号 編號 订单 注文番号 주문번호",
    "date": "date day orderdate datum tag fecha data 日期 订单日期 下单日期 日付 날짜 jour datecommande",
    "placed": "placed placedat time ordertime orderedat createdat created creationtime timestamp datetime "
    "placementtime placementts orderplaced placedtime placeds zeit uhrzeit bestellzeit bestelltam erstellt hora "
    "horapedido fechahora creado heure heurecommande datahora 时间 下单时间 创建时间 订单时间 注文時刻 주문시간",
    "ready": "ready readyat readytime preparedat pickuptime readyts fertig fertigum listo pret 出餐时间 备好时间",
    "merchant": "merchant merchantid restaurant restaurantid shop shopid store storeid vendor vendorid haendler laden "
    "filiale comercio restaurante tienda magasin marchand 商家 商家id 商户 商户id 门店 餐厅 店铺 店舗 가맹점",
    "merchant_lon": "merchantlon merchantlng merchantlongitude restaurantlon restaurantlng restaurantlongitude "
    "pickuplon pickuplng pickuplongitude storelon storelng shoplon shoplng senderlng 商家经度 取货经度 sourcelon "
    "sourcelng originlon originlng",
    "merchant_lat": "merchantlat merchantlatitude restaurantlat restaurantlatitude pickuplat pickuplatitude storelat "
    "shoplat senderlat 商家纬度 取货纬度 sourcelat originlat",
    "community": "community communityid estate compound gemeinde siedlung comunidad residence 小区 小区id 社区 社区id",
    "customer_lon": "customerlon customerlng customerlongitude deliverylon deliverylng deliverylongitude dropofflon "
    "dropofflng dropofflongitude recipientlng recipientlon lon lng long longitude x laengengrad laenge longitud "
    "经度 收货经度 用户经度 destinationlon destinationlng destlon destlng deliverylocationlongitude",
    "customer_lat": "customerlat customerlatitude deliverylat deliverylatitude dropofflat dropofflatitude recipientlat "
    "lat latitude y breitengrad breite latitud 纬度 收货纬度 用户纬度 destinationlat destlat "
    "deliverylocationlatitude",
    "mass": "mass masskg massg weight weightkg weightg parcelweight gewicht gewichtkg gewichtg peso pesokg poids "
    "重量 重量kg 重量g 包裹重量",
    "preparation": "preparation preparationmin preparations preptime prep prepmin preptimemin preparationtimemin "
    "zubereitung zubereitungmin zubereitungszeit preparacion 备餐时长 备餐分钟 出餐时长",
    "expected": "expected expectedmin expectedprep expectedpreparation 预计备餐",
    "merchant_position": "merchantposition merchantlocation merchantlatlon merchantlatlng merchantcoordinates "
    "restaurantposition restaurantlocation restaurantcoordinates storelocation storecoordinates pickup pickuplocation "
    "pickuplatlon pickuplatlng pickupcoordinates origin originlocation source sender 商家坐标 取货坐标 "
    "商家位置 取货位置",
    "customer_position": "customerposition customerlocation customerlatlon customerlatlng customercoordinates "
    "delivery deliverylocation deliverylatlon deliverylatlng deliverycoordinates dropoff dropofflocation "
    "dropofflatlon dropofflatlng dropoffcoordinates destination destinationlocation location position latlon latlng "
    "coordinates recipient 收货坐标 用户坐标 收货位置 用户位置 坐标",
    "state": "state status orderstate orderstatus deliverystatus bestellstatus estado statut zustand 状态 订单状态",
    "cancelled": "cancelled canceled iscancelled iscanceled cancelledat canceledat cancelled_at cancellationtime "
    "canceltime storniert stornozeit cancelado 是否取消 取消时间",
}
_SMALL_UNITS: Final = {"mass": re.compile(r"(g|gr|gramm?s?|克)$"), "time": re.compile(r"(s|sec|secs|seconds|秒)$")}


def plain(name: str) -> str:
    """Reduce a column's name to letters and digits: no case, accents, blanks or signs."""
    text = unicodedata.normalize("NFKD", name.casefold().replace("ä", "ae").replace("ö", "oe").replace("ü", "ue"))
    return "".join(letter for letter in text if letter.isalnum())


_BY_NAME: Final = {plain(word): meaning for meaning, words in _WORDS.items() for word in words.split()}


def meaning_of(name: str) -> str | None:
    """Tell what a column of this name holds; None where nothing is known."""
    return _BY_NAME.get(plain(name))


def is_small_unit(name: str, kind: str) -> bool:
    """Whether the name states grams for a ``mass``, or seconds for a ``time``."""
    parts = [part for part in re.split(r"[^\w]+|_", name.casefold()) if part]
    return len(parts) > 1 and bool(_SMALL_UNITS[kind].fullmatch(parts[-1]))
