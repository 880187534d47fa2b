from typing import Any

from django.db import migrations

from loa.bulletins import categories

# What was submitted and what was decided stays as it was, whoever writes to the tables.
FINAL = """
create function bulletins_version_is_final() returns trigger language plpgsql as $$
begin
    if old.submitted_at is not null then
        raise exception 'a submitted version is final' using errcode = 'check_violation';
    end if;
    return case tg_op when 'DELETE' then old else new end;
end $$;
create trigger bulletins_version_is_final before update or delete on bulletins_version
    for each row execute function bulletins_version_is_final();

create function bulletins_approval_is_final() returns trigger language plpgsql as $$
begin
    if tg_op = 'DELETE' or old.revoked_at is not null
        or to_jsonb(new) - '{revoked_at,revoked_by_id,revoke_reason}'::text[]
            is distinct from to_jsonb(old) - '{revoked_at,revoked_by_id,revoke_reason}'::text[] then
        raise exception 'a decision is final, it can only be revoked once' using errcode = 'check_violation';
    end if;
    return new;
end $$;
create trigger bulletins_approval_is_final before update or delete on bulletins_approval
    for each row execute function bulletins_approval_is_final();

create function bulletins_languages_are_final() returns trigger language plpgsql as $$
begin
    if exists (
        select from bulletins_version v where v.submitted_at is not null
            and (v.id = case tg_op when 'INSERT' then new.version_id else old.version_id end
                or (tg_op = 'UPDATE' and v.id = new.version_id))
    ) then
        raise exception 'the languages of a submitted version are final' using errcode = 'check_violation';
    end if;
    return case tg_op when 'DELETE' then old else new end;
end $$;
create trigger bulletins_languages_are_final before insert or update or delete on bulletins_versionlanguage
    for each row execute function bulletins_languages_are_final();
"""
NOT_FINAL = """
drop trigger bulletins_languages_are_final on bulletins_versionlanguage;
drop function bulletins_languages_are_final();
drop trigger bulletins_approval_is_final on bulletins_approval; drop function bulletins_approval_is_final();
drop trigger bulletins_version_is_final on bulletins_version; drop function bulletins_version_is_final();
"""
# What the signer reads over its own connection. `approver_may` is asked for the moment of the decision: the word of an
# office stands when its holder changes, and a role given afterwards makes no old approval good.
VIEW = """
create view signer_permits as
select a.id as approval, a.permit, a.digest, a.author_id, a.approver_id,
    a.approver_id <> a.author_id
    and a.on_behalf_of_id is distinct from a.author_id
    and not exists (
        select from bulletins_version v
        where v.bulletin_id = a.bulletin_id and v.number <= judged.number
            and v.author_id in (a.approver_id, a.on_behalf_of_id)
    )
    and exists (
        select from people_rolegrant g join areas_area place on place.id = g.area_id
        where g.user_id = a.approver_id and g.role = 'approver'
            and g.starts <= a.decided_at and (g.ends is null or g.ends > a.decided_at)
            and (a.permit->>'area' = place.path or starts_with(a.permit->>'area', place.path || '.'))
    ) as approver_may,
    a.revoked_at is not null or b.withdrawn_at is not null as revoked
from bulletins_approval a
join bulletins_bulletin b on b.id = a.bulletin_id
join bulletins_version judged on judged.id = a.version_id
where a.verdict = 'approved';
"""


def load_categories(apps: Any, schema_editor: Any) -> None:
    categories.load(apps.get_model("bulletins", "Category"))


class Migration(migrations.Migration):
    dependencies = [("bulletins", "0001_initial"), ("people", "0001_initial"), ("areas", "0001_initial")]

    operations = [
        migrations.RunSQL(FINAL, NOT_FINAL),
        migrations.RunSQL(VIEW, "drop view signer_permits"),
        migrations.RunPython(load_categories, migrations.RunPython.noop),
    ]
