"""What real use refuses. Each refusal says why and what to do; see the trust rules for installations."""

import ssl
from dataclasses import dataclass
from pathlib import Path

from devicelink import keyfiles
from devicelink.keyfiles import KEYSET_FILE
from signer import confirmers

from loa.launch.setup import Setup, is_loopback


class Refused(Exception):
    """`loa up` will not start like this. The message is Vietnamese: all reasons with their ways out."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What decides. `exposed`: others than this machine can reach it; `beyond`: it listens beyond loopback itself."""

    exposed: bool
    beyond: bool
    tls: bool
    https: bool
    behind_proxy: bool
    sample_accounts: bool
    demo_keys: bool
    demo_confirmers: bool = False


def reasons(facts: Facts) -> list[str]:
    """Why this start is refused; empty when it is not."""
    found = []
    if facts.beyond and not facts.tls:
        found.append(
            "Loa không mở ra mạng khi không có mã hóa TLS, vì mật khẩu và bản tin sẽ đi trần trên đường truyền. "
            "Hãy thêm --tls-cert TỆP --tls-key TỆP, hoặc để Loa nghe ở 127.0.0.1 sau một máy chủ proxy có TLS "
            "(--behind-proxy)."
        )
    if facts.behind_proxy and not facts.https:
        found.append(
            "Sau proxy, địa chỉ mà mọi người gõ phải bắt đầu bằng https://. "
            "Hãy thêm --site https://TÊN-MIỀN (hoặc đặt LOA_SITE_URL)."
        )
    elif facts.exposed and not facts.https and (facts.tls or not facts.beyond):
        found.append(
            "Địa chỉ mà mọi người gõ phải bắt đầu bằng https://, nếu không mật khẩu sẽ đi trần trên đường truyền. "
            "Hãy sửa --site (hoặc LOA_SITE_URL)."
        )
    if facts.exposed and facts.sample_accounts:
        found.append(
            "Dữ liệu này có tài khoản trình diễn, mật khẩu của chúng ai cũng biết. "
            "Hãy dùng một thư mục dữ liệu mới (LOA_VAR=/srv/loa) hoặc một cơ sở dữ liệu mới cho việc thật."
        )
    if facts.exposed and facts.demo_keys:
        found.append(
            "Các khóa ký ở đây là khóa trình diễn. "
            "Hãy dùng một thư mục dữ liệu mới (LOA_VAR=/srv/loa) và tạo khóa thật bằng `loa keys init`."
        )
    if facts.demo_confirmers:
        found.append(
            "Danh sách người xác nhận giờ phát ở bộ phận ký có khóa trình diễn, mà khóa ấy nằm trong một tệp. "
            "Hãy dùng một thư mục dữ liệu mới (LOA_VAR=/srv/loa) cho việc thật."
        )
    return found


def has_demo_keys(*folders: Path) -> bool:
    """Whether the keyset of any of these folders is of a demonstration."""
    present = [folder for folder in folders if (folder / KEYSET_FILE).exists()]
    return any(keyfiles.is_demo(keyfiles.read_keyset(folder)) for folder in present)


def certificate_fault(cert: str, key: str) -> str:
    """Why Loa cannot speak TLS with these files; empty when it can, or when there are none."""
    if not cert and not key:
        return ""
    if not cert or not key:
        return "Cần cả chứng thư lẫn khóa của nó: --tls-cert TỆP --tls-key TỆP."
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(cert, key, password=lambda: "")
    except ssl.SSLError as error:
        reason = f"Chứng thư {cert} và khóa {key} không dùng được với nhau ({error.reason or error}). "
        return reason + "Hãy dùng tệp PEM không đặt mật khẩu, chứng thư và khóa cùng một cặp."
    except OSError as error:
        return f"Không đọc được {cert} hoặc {key} ({error.strerror}). Hãy xem lại đường dẫn và quyền đọc."
    return ""


def check(setup: Setup, *, sample_accounts: bool) -> None:
    """Raises Refused with every reason at once."""
    found = reasons(
        Facts(
            exposed=setup.exposed,
            beyond=not is_loopback(setup.host),
            tls=bool(setup.tls_cert and setup.tls_key),
            https=setup.site_url.startswith("https://"),
            behind_proxy=setup.behind_proxy,
            sample_accounts=sample_accounts,
            demo_keys=has_demo_keys(setup.env.signer_keys, setup.env.gateway_keys),
            demo_confirmers=confirmers.has_demo(setup.env.signer_keys),
        )
    )
    if fault := certificate_fault(setup.tls_cert, setup.tls_key):
        found.append(fault)
    if found:
        raise Refused("Chưa khởi động được:\n" + "\n".join(f"- {reason}" for reason in found))
