"""What was left out of a document, and what to know about it, in words for the officer."""

from collections.abc import Mapping

from loa.bulletins.documents.layout.document import Part
from loa.bulletins.documents.lines import Warn

PARTS: Mapping[str, str] = {
    Part.MOTTO: "Quốc hiệu, tiêu ngữ",
    Part.ISSUER: "Tên cơ quan",
    Part.NUMBER: "Số, ký hiệu",
    Part.DATE: "Nơi và ngày ký",
    Part.STAMP: "Dấu trên văn bản",
    Part.ADDRESS: "Kính gửi",
    Part.RECIPIENTS: "Nơi nhận",
    Part.SIGNATURE: "Chức vụ, chữ ký",
    Part.RUNNING: "Đầu trang, chân trang, số trang",
    Part.NOTE: "Chú thích cuối trang",
    Part.HIDDEN: "Chữ ẩn trong tệp",
}
WARNINGS: Mapping[str, str] = {
    Warn.TABLE: "Tệp có bảng. Mỗi hàng của bảng đã được viết thành một câu; hãy đọc lại các câu đó.",
    Warn.TRACKED: "Tệp còn dấu vết sửa đổi. Ở đây lấy bản sau khi sửa; hãy đọc lại cho chắc.",
    Warn.NO_TITLE: "Không thấy tên văn bản trong tệp. Hãy ghi tên bản tin.",
    Warn.SECRET: "Văn bản có dấu MẬT. Hãy hỏi lãnh đạo trước khi phát.",
    Warn.DRAFT: "Văn bản còn ghi DỰ THẢO. Hãy kiểm tra xem đã là bản chính thức chưa.",
    Warn.SOME_PICTURES: "Có trang trong tệp là ảnh chụp, không lấy được chữ. Hãy so lại với tệp gốc.",
    Warn.COLUMNS: "Có chỗ trong tệp PDF xếp chữ thành cột, có thể lấy ra chưa đúng thứ tự. Hãy so lại với tệp gốc.",
    Warn.UNCLEAR: "Bảng trong tệp PDF có thể lấy ra chưa đúng hàng, đúng cột. Hãy so lại với tệp gốc.",
}
