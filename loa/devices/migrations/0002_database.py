"""What the ORM cannot say: room for updates in place, and what the signer may read."""

from django.db import migrations

ROOM = """
alter table devices_devicestatus set (fillfactor = 60, autovacuum_vacuum_scale_factor = 0.02);
alter table devices_hourlyrollup set (fillfactor = 80);
"""

# Where the devices of a plan set stand: the commune, and every path that holds each of them.
SIGNER_DEVICES = """
create view signer_devices (device, plan_set, area, areas, groups) as
select d.id, p.id, place.path,
    to_jsonb(array_remove(array[commune.path, hamlet.path, former.path]::text[], null)),
    p.groups
from devices_device d
    join devices_planset p on p.id = d.plan_set_id
    join areas_area place on place.id = p.area_id
    join areas_area commune on commune.id = d.area_id
    left join areas_area hamlet on hamlet.id = d.hamlet_id
    left join areas_area former on former.id = d.former_area_id
where d.state = 'placed';
"""

# The rules in force today of every area that has recorded any, in the form of the wire. A window that runs past
# midnight is two: until 24:00, and from 00:00 on the days after. Rules without a window mean: never.
SIGNER_AREA_HOURS = """
create view signer_area_hours (path, hours) as
with rules as (
    select distinct on (a.path) a.path, r.windows
    from areas_operatingrules r join areas_area a on a.id = r.area_id
    where r.starts <= (now() at time zone 'Asia/Ho_Chi_Minh')::date
        and (r.ends is null or r.ends >= (now() at time zone 'Asia/Ho_Chi_Minh')::date)
    order by a.path, r.starts desc
), written as (
    select path, w->'weekdays' as days,
        split_part(w->>'from', ':', 1)::int * 60 + split_part(w->>'from', ':', 2)::int as starts,
        split_part(w->>'to', ':', 1)::int * 60 + split_part(w->>'to', ':', 2)::int as ends
    from rules, jsonb_array_elements(rules.windows) as w
), pieces as (
    select path, days, starts, case when ends < starts then 1440 else ends end as ends from written
    union all
    select path, (select jsonb_agg(day::int % 7 + 1 order by day::int % 7 + 1) from jsonb_array_elements_text(days) as day),
        0, ends from written where ends < starts
)
select rules.path, jsonb_build_object('utc_offset', 420, 'extensions', '[]'::jsonb, 'windows', coalesce(jsonb_agg(
    jsonb_build_object('weekdays', days, 'start', starts, 'end', ends) order by starts, ends)
    filter (where days is not null), '[]'::jsonb))
from rules left join pieces on pieces.path = rules.path and starts < ends group by rules.path;
"""


class Migration(migrations.Migration):
    dependencies = [("devices", "0001_initial"), ("areas", "0001_initial")]
    operations = [
        migrations.RunSQL(ROOM, migrations.RunSQL.noop),
        migrations.RunSQL(SIGNER_DEVICES, "drop view signer_devices"),
        migrations.RunSQL(SIGNER_AREA_HOURS, "drop view signer_area_hours"),
    ]
