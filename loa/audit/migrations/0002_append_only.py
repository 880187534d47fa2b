from django.db import migrations

TRIGGERS = """
create function audit_refuse() returns trigger language plpgsql as $$
begin
    raise exception '% of % refused: the record only grows', tg_op, tg_table_name using errcode = 'insufficient_privilege';
end $$;
create trigger audit_entry_only_grows before update or delete on audit_entry
    for each row execute function audit_refuse();
create trigger audit_entry_not_emptied before truncate on audit_entry
    for each statement execute function audit_refuse();
create trigger audit_seal_only_grows before update or delete on audit_seal
    for each row execute function audit_refuse();
create trigger audit_seal_not_emptied before truncate on audit_seal
    for each statement execute function audit_refuse();
"""
BACK = """
drop trigger audit_entry_only_grows on audit_entry;
drop trigger audit_entry_not_emptied on audit_entry;
drop trigger audit_seal_only_grows on audit_seal;
drop trigger audit_seal_not_emptied on audit_seal;
drop function audit_refuse();
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial")]
    operations = [migrations.RunSQL(TRIGGERS, BACK)]
