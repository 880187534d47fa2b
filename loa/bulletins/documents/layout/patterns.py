"""The words by which the parts of an administrative document are known: Nghị định 30/2020/NĐ-CP, Phụ lục I, and the
forms of the Party and of the mass organisations. All patterns are matched on folded text (no diacritics, lower case).
"""

import re

from loa.areas.rules import fold

# Phụ lục III of the decree, and what communes, hamlets and companies put in the same place.
TYPES = (
    "nghi quyet", "quyet dinh", "chi thi", "quy che", "quy dinh", "thong cao", "thong bao", "huong dan", "chuong trinh",
    "ke hoach", "phuong an", "de an", "du an", "bao cao", "bien ban", "to trinh", "hop dong", "cong dien",
    "ban ghi nho", "ban thoa thuan", "giay uy quyen", "giay moi", "thu moi", "giay gioi thieu", "phieu gui",
    "phieu chuyen", "phieu bao", "thu cong", "thu ngo", "loi keu goi", "ban tin", "lich", "danh sach", "quy uoc",
    "noi quy", "tin bao", "thong tin", "khuyen cao", "canh bao", "cong bo", "bai tuyen truyen", "de cuong", "noi dung",
    "giay trieu tap", "lenh",
)  # fmt: skip
TYPE = re.compile(rf"^({'|'.join(TYPES)})\b\s*[:.]?\s*(.*)$", re.DOTALL)
MOTTO = re.compile(
    r"^(cong hoa xa hoi chu nghia( viet)?( nam)?|doc lap\s*[-–—.]*\s*tu do\s*[-–—.]*\s*hanh phuc|"
    r"dang cong san viet nam|cong hoa xhcn viet nam)\W*"
)
RULE = re.compile(r"^[\s\-_–—=*.·•~…─━o+]{2,}$")
NUMBER = re.compile(
    r"^[*\s]*so\s*(ky hieu)?\s*[:.]?\s*[\d\s….,_x]*\s*[-/–]\s*[\w\-/&. ]{1,40}?(?=\s{2,}|$|\bv/v|\t|\n)", re.IGNORECASE
)
NUMBER_EMPTY = re.compile(r"^[*\s]*so\s*[:.]\s*[….\d\s_]*$")
# A place, perhaps a hamlet by number, then the day; no weekday and no hour: those are times of what is announced.
DATE = re.compile(
    r"^(?!thu\s|chu nhat|thoi gian|luc\s)([^\W\d_][^\d,:;]{0,40}(\s\d{1,2})?)?,?\s*ngay\s*[\d….\s_]{0,12}\s*"
    r"thang\s*[\d….\s_]{0,12}\s*nam\s*[\d….\s_]{0,12}\.?$"
)
CODE = re.compile(r"[A-ZĐ]{2}|\d{4}")  # on the text itself: what follows the number of a document
ABOUT = re.compile(r"^\(?\s*(v\s*/\s*v|ve viec|ve\s)\s*[:.]?\s*")
ADDRESS = re.compile(r"^kinh gui\b")
# A notice to the people may address them: that is part of what is read.
TO_THE_PEOPLE = re.compile(r"nhan dan|ba con|cac ho|phu huynh|quy vi|toan the|nguoi dan|ho gia dinh|chu ho|hoi vien")
STAMP = re.compile(r"^(hoa toc|thuong khan|khan|toi mat|tuyet mat|mat|du thao|ban sao|sao y( ban chinh)?|ban chinh)$")
SECRET = re.compile(r"^(toi mat|tuyet mat|mat)$")
ORGANISATION = re.compile(
    r"^(uy ban|ubnd|hdnd|hoi dong|dang uy|dang bo|chi bo|hoi |doan |mttq|mat tran|ban |cong an|quan su|truong |tram |"
    r"trung tam|phong |so |chi cuc|cuc |bo |cong ty|tong cong ty|dien luc|nha may|hop tac xa|htx|van phong|tinh |"
    r"huyen |xa |phuong |thi tran|thanh pho|thon |to dan pho|khu pho|ban chi huy|bch |vien |benh vien|chi nhanh|"
    r"lien doan|quy |ngan hang|buu dien|hat |kho bac|bao hiem|toa an|chu tich uy ban|chu tich ubnd|tap doan)"
)
RECIPIENTS = re.compile(r"^noi nhan\s*([:/(]?)\s*(.*)$")
RECIPIENT = re.compile(r"^([-–—+*•]|nhu (tren|dieu|kinh gui)|luu\b|tt\.|tt |ub |cac )")
AUTHORITY = re.compile(
    r"^((t\s*/?\s*m|k\s*/?\s*t|t\s*/?\s*l|t\s*/?\s*u\s*/?\s*q|q)\s*[./]\s*|(t\s*/\s*m|k\s*/\s*t|t\s*/\s*l)\s+)\w"
)
_RANKS = (
    r"(pho |quyen |nguyen )*(chu tich|truong (thon|ban|phong|khu|xom|tram|cong an|doan|ap|to|buon|lang)|bi thu|"
    r"giam doc|hieu truong|tram truong|chanh van phong|chu nhiem|tong giam doc|thu truong|chi huy truong|to truong|"
    r"doi truong|nguoi (viet|lap|thong bao|lam don|ky)|thu ky|chi cuc truong|cuc truong|vien truong|hat truong|"
    r"ban truong|chu tri|nguoi chu tri|dai dien|ke toan)"
)
RANK = re.compile(rf"^{_RANKS}(\s[\w\s,&/-]{{0,60}})?$")
# Ranks that people in the text have, too: only a name below makes them a signature.
COMMON_RANK = re.compile(r"^(dai dien|chu tri|nguoi|thu ky|to truong|truong)\b")
SIGNED = re.compile(
    r"^\(?\s*(da ky|ky ten|ky,|ky va|ky ten,? dong dau|da ky ten|chu ky|dau|ky boi|nguoi ky|ngay ky|thoi gian ky|"
    r"email:|co quan:)"
)
APPENDIX = re.compile(r"^(phu luc|danh sach|lich |bang |bieu |mau (so )?\d|phieu )")
PAGE = re.compile(r"^(trang\s*)?[-–—.\s]*\d{1,3}([-–—.\s]*|\s*/\s*\d{1,3})$")
HEADING = re.compile(r"^(dieu|chuong|phan|muc)\s+(\d+|[ivxlc]+)\b|^[ivxlc]{1,6}[.)/]|^\d{1,2}[.)/]|^[a-z][.)]\s")
BULLET = re.compile(r"^[-–—+*•●▪▫◦‣∙✓❖➢§o]\s")
CLOSED = re.compile(r"[.;:!?…]['\"”’)]*$")
_NAME = re.compile(r"^[A-ZĐÀ-Ỹ][\w.'’-]*(\s+[A-ZĐÀ-Ỹ][\w'’]*){1,4}$")
_DEGREE = re.compile(r"^((ths|ts|bs|bsckii?|gs|pgs|cn|ks|ds|(thượng|trung|thiếu|đại) (tá|úy))\.?\s+)+", re.IGNORECASE)


def folded(text: str) -> str:
    """Without diacritics, in lower case, single spaces."""
    return " ".join(fold(text).split())


def is_number(text: str) -> bool:
    """ "Số: 27/TB-UBND", also while the number is still to be filled in; not "Số 7 - đường Trần Phú"."""
    plain = folded(text)
    if NUMBER_EMPTY.match(plain):
        return True
    return len(plain) <= 90 and bool(NUMBER.match(plain)) and bool(CODE.search(text))


def is_capitals(text: str) -> bool:
    """Letters, and all of them capitals."""
    return any(letter.isalpha() for letter in text) and text.upper() == text


def is_name(text: str) -> bool:
    """The name of a person, perhaps with a degree: "ThS. Nguyễn Văn Thành"."""
    bare = _DEGREE.sub("", text.strip())
    return bool(_NAME.match(bare)) and not any(letter.isdigit() for letter in bare) and len(bare) <= 40
