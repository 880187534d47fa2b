"""What the machine refuses, in plain words: what, why, what to do."""

import errno

_WORDS = {
    errno.ENOSPC: ("ổ đĩa đã đầy", "Hãy dọn bớt ổ đĩa, hoặc đặt LOA_VAR ở ổ khác còn chỗ"),
    errno.EDQUOT: ("tài khoản này đã dùng hết phần ổ đĩa được cấp", "Hãy dọn bớt, hoặc xin thêm chỗ"),
    errno.EROFS: ("ổ đĩa này chỉ cho đọc", "Hãy đặt LOA_VAR là một thư mục ghi được"),
    errno.EACCES: (
        "tài khoản đang chạy Loa không có quyền ở đó",
        "Hãy chạy bằng tài khoản sở hữu thư mục ấy, hoặc đặt LOA_VAR là một thư mục khác",
    ),
    errno.ENOTDIR: ("trên đường dẫn có một tệp, không phải thư mục", "Hãy sửa LOA_VAR"),
    errno.ENAMETOOLONG: ("đường dẫn quá dài", "Hãy đặt LOA_VAR là một đường dẫn ngắn, ví dụ /srv/loa"),
    errno.EMFILE: ("mở quá nhiều tệp cùng lúc", "Hãy nâng giới hạn: ulimit -n 20000"),
}
_WORDS[errno.EPERM] = _WORDS[errno.EACCES]
_WORDS[errno.EEXIST] = _WORDS[errno.ENOTDIR]


def words(error: OSError) -> str:
    """One or two Vietnamese sentences; empty for an error that says nothing about the machine."""
    if error.errno not in _WORDS:
        return ""
    why, way_out = _WORDS[error.errno]
    where = f" ở {error.filename}" if error.filename else ""
    return f"Không làm được{where}: {why}. {way_out}. `loa doctor` xem cả những chỗ khác."
