"""Made-up senders and Vietnamese alerts for tests and measurements; no real source is meant."""

from datetime import UTC, datetime, timedelta, timezone
from functools import cache
from typing import Any

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import NameOID

from cap.model import Alert, Area, Circle, Info, Pair, Point, Reference, Resource
from cap.policy import Source
from cap.resolve import Unit

HERE = timezone(timedelta(hours=7))
SENT = datetime(2026, 7, 21, 14, 0, tzinfo=HERE)
NOW = SENT + timedelta(minutes=1)
SENDER = "kttv@mau.example"

QUY_MONG = Unit("vn.15.04531", "04531", "Xã Quy Mông", 21.66, 104.82)
VIET_HONG = Unit("vn.15.04537", "04537", "Xã Việt Hồng", 21.55, 104.80)
LAO_CAI = Unit("vn.15", "15", "Tỉnh Lào Cai", 22.02, 104.33)
ELSEWHERE = Unit("vn.01.00004", "00004", "Phường Ba Đình", 21.03, 105.83)
UNITS = (
    Unit("vn", "", "Việt Nam"),
    LAO_CAI,
    QUY_MONG,
    VIET_HONG,
    ELSEWHERE,
    Unit("vn.01", "01", "Hà Nội", 21.0, 105.8),
)

_Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


class Sender(msgspec.Struct, frozen=True, kw_only=True):
    """A made-up station with a key of its own, both in PEM."""

    key: str
    certificate: str


@cache
def sender(name: str = "Đài mẫu", kind: str = "ec", begins: datetime | None = None, days: int = 3650) -> Sender:
    """The same one each time within a process. `kind`: ec | rsa | rsa-1024 | p192."""
    made: dict[str, Any] = {"ec": ec.SECP256R1(), "p384": ec.SECP384R1(), "p192": ec.SECP192R1()}
    key: _Key
    if kind in made:
        key = ec.generate_private_key(made[kind])
    else:
        key = rsa.generate_private_key(65537, 1024 if kind == "rsa-1024" else 2048)
    start = begins or datetime(2025, 1, 1, tzinfo=UTC)
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(start + timedelta(days=days))
        .sign(key, hashes.SHA256())
    )
    return Sender(
        key=key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        ).decode(),
        certificate=certificate.public_bytes(serialization.Encoding.PEM).decode(),
    )


def area(**changes: Any) -> Area:
    """Xã Quy Mông by its code."""
    return Area(**({"area_desc": "Xã Quy Mông", "geocode": (Pair(value_name="GSO", value="04531"),)} | changes))


def info(**changes: Any) -> Info:
    """A flash flood, severe, for six hours."""
    fields: dict[str, Any] = {
        "language": "vi",
        "category": ("Geo", "Met"),
        "event": "Lũ quét",
        "response_type": ("Evacuate",),
        "urgency": "Immediate",
        "severity": "Severe",
        "certainty": "Likely",
        "event_code": (Pair(value_name="loa:event", value="lu-quet"),),
        "effective": SENT,
        "expires": SENT + timedelta(hours=6),
        "sender_name": "Đài khí tượng thủy văn (mẫu)",
        "headline": "Cảnh báo lũ quét trên suối Ngòi Hóp",
        "description": "Mưa rất to ở thượng nguồn, nước suối dâng nhanh.",
        "instruction": "Bà con rời xa bờ suối, lên chỗ cao.",
        "area": (area(),),
    }
    return Info(**(fields | changes))


def alert(**changes: Any) -> Alert:
    """An actual, public alert with one info."""
    fields: dict[str, Any] = {
        "identifier": "VN-MAU-2026-0001",
        "sender": SENDER,
        "sent": SENT,
        "status": "Actual",
        "msg_type": "Alert",
        "scope": "Public",
        "info": (info(),),
    }
    return Alert(**(fields | changes))


def source(**changes: Any) -> Source:
    """A source that may relay flash floods and storms to the whole of Lào Cai."""
    fields: dict[str, Any] = {
        "name": "Đài mẫu",
        "policy": "relay",
        "senders": (SENDER,),
        "events": {"lu-quet": "lu-quet", "Bão": "bao"},
        "areas": ("vn.15",),
    }
    return Source(**(fields | changes))


RING = (
    Point(latitude=21.6, longitude=104.7),
    Point(latitude=21.7, longitude=104.7),
    Point(latitude=21.7, longitude=104.9),
    Point(latitude=21.6, longitude=104.9),
    Point(latitude=21.6, longitude=104.7),
)
EARLIER = Reference(sender=SENDER, identifier="VN-MAU-2026-0000", sent=SENT - timedelta(hours=1))
CENTRE = Point(latitude=21.66, longitude=104.82)
CIRCLE = Circle(centre=CENTRE, radius=5.0)
PICTURE = Resource(
    resource_desc="Ảnh ra-đa",
    mime_type="image/png",
    size=3,
    deref_uri="YWJj",
    digest="a9993e364706816aba3e25717850c26c9cd0d89d",
)


def good() -> dict[str, Alert]:
    """Documents that must be taken, by what is special in them."""
    hmong = info(language="hmn", headline="Dej nyab", description="", instruction="")
    return {
        "plain": alert(),
        "update": alert(msg_type="Update", references=(EARLIER,)),
        "cancel": alert(msg_type="Cancel", references=(EARLIER,), info=(), note="Tin trước không đúng."),
        "cancel-with-info": alert(msg_type="Cancel", references=(EARLIER,)),
        "two-references": alert(
            msg_type="Update",
            references=(EARLIER, Reference(sender="khac@mau.example", identifier="X-9", sent=SENT - timedelta(days=1))),
        ),
        "ack": alert(msg_type="Ack", references=(EARLIER,), info=()),
        "error": alert(msg_type="Error", references=(EARLIER,), info=(), note="Không đọc được."),
        "languages": alert(info=(info(), hmong, info(language="en-US", headline="Flash flood"))),
        "no-language": alert(info=(info(language="en-US"),)),
        "texts-by-area": alert(
            info=(
                info(headline="Bến đò: dừng đò ngay"),
                info(headline="Nhà văn hóa thôn 5 mở cửa đón bà con", area=(area(area_desc="Thôn 5"),)),
            )
        ),
        "restricted": alert(scope="Restricted", restriction="Chỉ cơ quan phòng chống thiên tai"),
        "private": alert(scope="Private", addresses=("a@mau.example", "ban chỉ huy xã")),
        "incidents": alert(incidents=("bao-so-3", "mưa lũ tháng 7")),
        "codes": alert(code=("IPAWSv1.0", "mau-1")),
        "source": alert(source="Trạm đo mưa tự động Ngòi Hóp"),
        "polygon": alert(info=(info(area=(Area(area_desc="Ven suối", polygon=(RING,)),)),)),
        "two-polygons": alert(info=(info(area=(Area(area_desc="Ven suối", polygon=(RING, RING)),)),)),
        "circle": alert(info=(info(area=(Area(area_desc="Quanh đập", circle=(CIRCLE,)),)),)),
        "point": alert(info=(info(area=(Area(area_desc="Tại đập", circle=(Circle(centre=CENTRE, radius=0),)),)),)),
        "height": alert(info=(info(area=(area(altitude=300.5, ceiling=900),)),)),
        "below-sea": alert(info=(info(area=(area(altitude=-12.25),)),)),
        "province": alert(info=(info(area=(area(geocode=(Pair(value_name="GSO", value="15"),)),)),)),
        "two-areas": alert(info=(info(area=(area(), area(area_desc="Xã Việt Hồng"))),)),
        "parameters": alert(
            info=(info(parameter=(Pair(value_name="mực nước", value="31,50 m"), Pair(value_name="trống", value=""))),)
        ),
        "picture": alert(info=(info(resource=(PICTURE,)),)),
        "link": alert(
            info=(
                info(
                    web="https://mau.example/lu?x=1&y=2",
                    contact="0216 3 000 000",
                    resource=(
                        Resource(resource_desc="Bản đồ", mime_type="image/png", uri="https://mau.example/b.png"),
                    ),
                ),
            )
        ),
        "utc": alert(sent=SENT.astimezone(UTC)),
        "other-offset": alert(sent=SENT.astimezone(timezone(timedelta(hours=-3, minutes=-30)))),
        "onset": alert(info=(info(onset=SENT + timedelta(hours=1)),)),
        "no-expiry": alert(info=(info(effective=None, expires=None),)),
        "exercise": alert(status="Exercise", note="Diễn tập phòng chống lụt bão"),
        "test": alert(status="Test"),
        "system": alert(status="System"),
        "draft": alert(status="Draft"),
        "all-categories": alert(info=(info(category=("Safety", "Fire", "Health", "Env", "Infra", "CBRNE", "Other")),)),
        "all-clear": alert(
            msg_type="Update", references=(EARLIER,), info=(info(response_type=("AllClear",), urgency="Past"),)
        ),
        "marks": alert(info=(info(description='Nước > 31 m & còn lên, "rất nhanh" <khẩn>\n\tdòng hai ]]>'),)),
        "old-accents": alert(info=(info(headline="Lu\u0303 que\u0301t \U0001f30a"),)),
        "unknown-elements": alert(
            extra=('<m:nguon xmlns:m="urn:mau" loai="đo"><m:tram>Ngòi Hóp</m:tram></m:nguon>',),
            info=(
                info(
                    extra=('<m:cap xmlns:m="urn:mau">2</m:cap>',),
                    area=(area(extra=('<m:a xmlns:m="urn:mau"></m:a>',)),),
                ),
            ),
        ),
    }
