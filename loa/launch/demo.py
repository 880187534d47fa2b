"""`loa demo`: the whole product on sample data, on this machine; with --lan also for phones in the same network."""

import argparse
import os
import sys
from functools import partial

from loa.config import env
from loa.demo import cast, guests, provinces
from loa.kernel.errors import Invalid
from loa.launch import lan, prepared, say, start
from loa.launch.child import nothing
from loa.launch.setup import Setup, for_demo, is_loopback, local_site


def run(arguments: argparse.Namespace) -> int:
    """Start the demonstration and keep it running; with --say, let one notice be heard and stop again."""
    try:
        _choose(arguments.province or os.environ.get("LOA_DEMO_PROVINCE", ""))
    except Invalid as error:
        start.complain(error.message)
        return 2
    if arguments.say:
        return say.run(arguments.say)
    settings = env.read({**os.environ, "LOA_MODE": "demo"})
    try:
        address = lan.address(arguments.lan) if arguments.lan else ""
    except lan.NoAddress as error:
        print(error, file=sys.stderr)
        return 2
    before = partial(lan.close_to_strangers, settings) if address else nothing
    return start.run(settings, start.Plan(partial(for_demo, lan=address), _started, before=before))


def _choose(province: str) -> None:
    """For this process and its children: the code of the province that somebody named."""
    if province:
        os.environ["LOA_DEMO_PROVINCE"] = provinces.code_of(province)


def _started(setup: Setup, tell: start.Say) -> None:
    here = setup.site_url if is_loopback(setup.host) else f"http://127.0.0.1:{setup.ports['web']}"
    tell("")
    _about_site(setup, os.environ.get("LOA_SITE_URL", "").strip(), tell)
    tell(f"Mở trình duyệt ở: {here}")
    tell(f"Xem thử 5 phút: {here}/xem-thu/")
    tell(f"Tài khoản trình diễn, mật khẩu chung: {guests.password(setup.env.var)}")
    for person in cast.PEOPLE:
        tell(f"  {person.username:<8} {person.full_name}, {person.position}")
    if not (setup.folders.fleet / prepared.SETTLED).exists():
        tell("Loa mô phỏng và lịch phát mẫu đang được dựng tiếp; xong sẽ báo ở dưới.")
    if not is_loopback(setup.host):
        _for_phones(setup, tell)
    tell("Dừng: Ctrl-C")


def _about_site(setup: Setup, wanted: str, tell: start.Say) -> None:
    """Why LOA_SITE_URL is not the address, when it is not."""
    name, port = local_site(wanted)
    here = bool(name) and is_loopback(setup.host)
    if not wanted or (here and port in (0, setup.ports["web"])):
        return
    if here:
        tell(f"LOA_SITE_URL là {wanted}, nhưng cổng ấy không dùng được lúc này; địa chỉ ở dưới.")
    else:
        tell(f"Không dùng LOA_SITE_URL ({wanted}): bản trình diễn có mật khẩu ai cũng biết nên chỉ mở trên máy này.")
        tell("Muốn chạy ở địa chỉ ấy: `loa up`. Cho điện thoại cùng mạng xem thử: `loa demo --lan`.")


def _for_phones(setup: Setup, tell: start.Say) -> None:
    secret = (setup.folders.keys / "secret-key").read_text().strip()
    phone = lan.phone_address(setup.site_url, os.environ.get("LOA_SECRET_KEY", "").strip() or secret)
    tell("")
    tell("!!! ĐANG MỞ RA MẠNG NỘI BỘ, KHÔNG MÃ HÓA. Chỉ để trình diễn với dữ liệu mẫu, trong mạng mà anh/chị tin.")
    tell("    Mật khẩu ở trên là ngẫu nhiên, đừng để lộ. Mã QR này cho vào thẳng, ai quét được cũng vào được.")
    tell("    Điện thoại: duyệt và nghe được; thu giọng thì không, vì trình duyệt chỉ cho dùng micro ở địa chỉ https")
    tell("    hoặc trên chính máy này.")
    tell(lan.drawn(phone))
    tell(f"Điện thoại cùng mạng Wi-Fi: {phone}")
