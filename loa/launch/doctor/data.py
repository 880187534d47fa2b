"""The data below Loa: do the tables and the keys in the folder fit each other and this version?"""

from pathlib import Path

import psycopg

from loa.launch.care import dump
from loa.launch.doctor.finding import Finding, bad, ok, warn

_SEALED_WITH = """
select distinct split_part(held.value, '.', 2)
from mfa_authenticator, jsonb_each_text(data::jsonb) as held where held.value like 'loa1.%'
"""
_COLUMNS = "select table_name, column_name from information_schema.columns where table_schema = 'public'"
_LETTERS = """
select count(*) filter (where state = 'waiting' and fault <> ''),
    count(*) filter (where state = 'given_up' and done_at > now() - interval '7 days'),
    coalesce((array_agg(fault order by next_at desc) filter (where fault <> '' and state <> 'sent'))[1], '')
from notifications_letter
"""
_SET_MAIL = "Đặt LOA_EMAIL_URL và LOA_EMAIL_FROM cho đúng; xem docs/how-to/notifications.md."
_BACK = (
    "Chép lại keys/accounts/*.secret từ bản sao lưu. Nếu đã mất hẳn: gửi cho từng người một liên kết mới để họ cài lại."
)


def account_keys(folder: Path, installed: bool) -> Finding:
    """Seal the second factors in the database; without them those people cannot sign in."""
    number = len(list(folder.glob("*.secret")))
    if number:
        return ok("Khóa của tài khoản", f"có {number}; mã xác nhận hai bước được niêm phong")
    if not installed:
        return ok("Khóa của tài khoản", "sẽ tạo khi chạy lần đầu")
    return bad("Khóa của tài khoản", "thiếu; người dùng ứng dụng xác nhận hai bước không đăng nhập được", _BACK)


def account_keys_used(url: str, folder: Path) -> list[Finding]:
    """Keys that something in the database is sealed with and that the folder lacks."""
    with psycopg.connect(url) as connection:
        if not _has(connection, "mfa_authenticator"):
            return []
        used = [str(kid) for (kid,) in connection.execute(_SEALED_WITH)]
    lost = [kid for kid in used if not (folder / f"{kid}.secret").is_file()]
    text = f"thiếu {', '.join(lost)}: có người không đăng nhập được bằng ứng dụng xác nhận hai bước"
    return [bad("Khóa của tài khoản", text, _BACK)] if lost else []


def letters(url: str, email_url: str, *, demo: bool) -> Finding:
    """Where notifications go by mail, what waits and what was given up within a week."""
    if demo or not email_url.startswith("smtp"):
        text = "ghi vào thư mục mail, không gửi ra ngoài"
        return ok("Thư thông báo", text) if demo else warn("Thư thông báo", text, _SET_MAIL)
    with psycopg.connect(url) as connection:
        if not _has(connection, "notifications_letter"):
            return ok("Thư thông báo", "chưa có thư nào")
        row = connection.execute(_LETTERS).fetchone()
    stuck, lost, fault = row or (0, 0, "")
    if stuck or lost:
        return warn("Thư thông báo", f"{stuck} thư gửi chưa được, {lost} thư bỏ trong 7 ngày: {fault}", _SET_MAIL)
    return ok("Thư thông báo", "gửi được")


def version(url: str) -> Finding:
    """Tables made by a version that is not in the past of this one: a later one, or one that was never released."""
    unknown = dump.unknown_migrations(url)
    lacking = [] if unknown else _lacking(url)
    if unknown:
        text = f"do bản Loa khác tạo ra: bản này không biết bước {unknown[0][0]} {unknown[0][1]}"
    elif lacking:
        text = f"do một bản thử chưa phát hành tạo ra: thiếu {', '.join(lacking[:3])}"
    else:
        return ok("Nguồn gốc dữ liệu", "đúng dòng phiên bản này")
    way_out = (
        "Nếu là dữ liệu thật: cài lại đúng bản Loa đã tạo ra nó rồi hỏi người phát hành. "
        "Nếu chỉ là bản trình diễn: đặt LOA_VAR là một thư mục mới."
    )
    return bad("Nguồn gốc dữ liệu", text, way_out)


def _has(connection: psycopg.Connection[tuple[object, ...]], table: str) -> bool:
    row = connection.execute("select to_regclass(%s)", [f"public.{table}"]).fetchone()
    return bool(row and row[0])


def _lacking(url: str) -> list[str]:
    """Columns of this version that the database, though it went through all steps, does not have."""
    with psycopg.connect(url) as connection:
        there = {(str(table), str(column)) for table, column in connection.execute(_COLUMNS)}
    return sorted(f"{table}.{column}" for table, column in _columns_of_this_version() - there)


def _columns_of_this_version() -> set[tuple[str, str]]:
    import django
    from django.apps import apps  # the settings are read here, when their environment is complete

    django.setup()
    models = [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]
    return {
        (model._meta.db_table, str(field.column))
        for model in models
        for field in model._meta.local_concrete_fields
        if not model._meta.proxy
    }
