"""The pages of the air and of the fleet that no story opens, each on a phone, by the person who works there."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page

from loa.broadcasts import actions
from loa.broadcasts.models import Airing, Delivery, Programme, RundownItem, Sending
from loa.broadcasts.tests.conftest import on_air
from loa.devices.models import Device, DeviceGroup
from loa.kernel import clock
from loa.people.models import User
from loa.relays.models import RelaySource
from tests.browser.checks import glance
from tests.browser.test_from_above import met
from tests.cast import Cast

__all__ = ["met"]
pytestmark = pytest.mark.usefixtures("quiet_gateway")
LONG = "Nhà sinh hoạt cộng đồng của Hợp tác xã dịch vụ nông nghiệp tổng hợp Quy Mông, cạnh trạm biến áp thôn 12"


@pytest.fixture
def places(cast: Cast, met: Programme) -> dict[str, str]:
    """Words of the addresses below; a session with a rundown, a duty, a source, a group, a cluster with a long name."""
    today = clock.local(clock.now()).date()
    for position, (kind, title) in enumerate((("fixed", "Nhạc hiệu"), ("bulletins", "Bản tin của xã")), 1):
        RundownItem.objects.create(
            programme=met, position=position, kind=kind, title=title, minutes=5, over_run="push", under_run="early"
        )
    owed = on_air(cast, "Danh sách hộ được hỗ trợ làm nhà", "17:10", first_day=today)
    actions.set_obligation(actor=cast.lan, bulletin_id=owed.bulletin_id, area=cast.quy_mong, now=clock.now())
    source = RelaySource.objects.create(
        area=cast.lao_cai, name="Đài Phát thanh và Truyền hình tỉnh", permission="Công văn 12", made_at=clock.now(),
        changed_at=clock.now(), url="http://127.0.0.1:9/song", made_by=cast.minh_anh,
    )  # fmt: skip
    device = Device.objects.get()
    Device.objects.update(name=LONG)
    group = DeviceGroup.objects.create(area=cast.quy_mong, name="Loa dọc sông")
    sending = Sending.objects.get()
    return {
        "session": str(met.pk), "day": f"{Delivery.objects.get().schedule.first_day}", "source": str(source.pk),
        "device": device.pk, "group": group.pk, "sending": str(sending.pk), "bulletin": str(sending.bulletin_id),
        "owed": str(owed.bulletin_id), "area": f"don-vi={cast.quy_mong.path}",
    }  # fmt: skip


LAN = (
    "/lich-phat/buoi/{session}/khung/", "/lich-phat/khung-mau/", "/lich-phat/ung-dung/", "/cong-khai/",
    "/lich-phat/xem-truoc/?ngay={day}", "/lich-phat/dung-luong/", "/lich-phat/tiep-am/", "/tiep-am/",
    "/lich-phat/nhom/moi/", "/lich-phat/nhom/theo-dieu-kien/", "/so-nhat-ky/so-sach/", "/so-nhat-ky/muc-chi/",
    "/so-nhat-ky/buoi/{session}/{day}/", "/so-nhat-ky/ban-tin/{owed}/", "/thu-vien/sap-xoa/",
)  # fmt: skip
ANH = ("/phat-xuong/", "/phat-xuong/{sending}/", "/lich-phat/")
SON = (
    "/thiet-bi/moi/?{area}", "/thiet-bi/{device}/cot/", "/thiet-bi/{device}/nhat-ky/", "/thiet-bi/sap-nhap/",
    "/thiet-bi/phan-mem/", "/thiet-bi/phieu/", "/quy-che-phat/cum/{device}/",
)  # fmt: skip


@pytest.mark.parametrize(
    ("who", "addresses"), [("lan", LAN), ("minh_anh", ANH), ("son", SON)], ids=["Lan", "Anh", "Sơn"]
)
def test_no_page_is_too_wide_too_small_or_in_other_words(
    page: Page,
    site: str,
    sign_in: Callable[[Page, User], None],
    cast: Cast,
    places: dict[str, str],
    who: str,
    addresses: tuple[str, ...],
) -> None:
    sign_in(page, getattr(cast, who))
    assert not Airing.objects.exists(), "what has not been planned is said, too"
    for address in addresses:
        glance(page, site + address.format(**places))
