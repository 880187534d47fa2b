"""Why a file was not opened, and what the officer does instead: by reason code."""

from collections.abc import Mapping

from loa.bulletins.documents.lines import Unreadable
from loa.kernel.errors import Invalid

MAX_BYTES = 20_000_000
MAX_PAGES = 60

SAVE_AS = "Mở tệp bằng Word hoặc LibreOffice, chọn Lưu thành (Save As) dạng .docx, rồi mở lại ở đây."
COPY = "Hoặc chép chữ trong tệp rồi dán vào ô chữ của bản tin."
MESSAGES: Mapping[str, str] = {
    "empty": "Tệp này rỗng. Hãy chọn tệp khác.",
    "too_large": "Tệp nặng hơn 20 MB nên không mở được. Hãy bỏ bớt ảnh trong tệp rồi lưu lại, hoặc chép chữ rồi dán "
    "vào ô chữ.",
    "old_word": f"Đây là tệp Word kiểu cũ (.doc), chưa đọc được ở đây. {SAVE_AS}",
    "rtf": f"Đây là tệp .rtf, chưa đọc được ở đây. {SAVE_AS}",
    "web_page": f"Tệp này thật ra là một trang web. {SAVE_AS}",
    "macros": "Tệp có chứa chương trình (macro) nên không mở, để giữ an toàn cho máy. "
    "Mở tệp bằng Word, chọn Lưu thành dạng .docx (Word Document), rồi mở lại ở đây.",
    "other_kind": "Tệp này không phải văn bản. Ở đây mở được tệp Word (.docx), LibreOffice (.odt), PDF có chữ và .txt.",
    "broken": f"Tệp bị hỏng hoặc chép chưa hết nên không đọc được. Hãy chép lại tệp và thử lại. {COPY}",
    "encrypted": "Tệp có đặt mật khẩu nên không đọc được. Mở tệp bằng mật khẩu, bỏ mật khẩu rồi lưu lại. " + COPY,
    "scanned": "Tệp PDF này là ảnh chụp (scan), không có chữ để lấy. Hãy xin tệp Word của nơi gửi, hoặc chọn "
    "Thu giọng tôi và đọc văn bản.",
    "garbled": "Chữ trong tệp PDF này không lấy ra đúng được. Hãy xin tệp Word của nơi gửi, hoặc chọn Thu giọng tôi và "
    "đọc văn bản.",
    "too_heavy": "Tệp này quá lớn hoặc quá rối nên không đọc xong trong thời gian cho phép. Hãy chép chữ trong tệp rồi "
    "dán vào ô chữ của bản tin.",
    "too_long": "Văn bản quá dài: tối đa 60 trang và 20.000 chữ cái. Hãy chép phần cần đọc rồi dán vào ô chữ.",
    "no_text": "Không tìm thấy chữ nào trong tệp này. Hãy mở tệp xem lại, hoặc chọn tệp khác.",
}


def refusal(verdict: Unreadable) -> Invalid:
    """The error for the screen."""
    return Invalid(MESSAGES[verdict.code], code=verdict.code, facts=verdict.facts)
