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
# midnight is two: until 24:00, and from 00:00 on the days after. Rules without a window mean: never. The signer also
# reads whether units below may go beyond a rule, and what a second person's passkey signed.
SIGNER_AREA_HOURS = """
create view signer_area_hours (path, hours, children_may_widen, confirmed) as
with rules as (
    select distinct on (a.path) a.path, r.windows, r.children_may_widen, r.confirmed
    from areas_operatingrules r join areas_area a on a.id = r.area_id
    where r.starts <= (now() at time zone 'Asia/Ho_Chi_Minh')::date
        and (r.ends is null or r.ends >= (now() at time zone 'Asia/Ho_Chi_Minh')::date)
    order by a.path, r.starts desc, r.id desc
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
), hours as (
    select rules.path, jsonb_build_object('utc_offset', 420, 'extensions', '[]'::jsonb, 'windows', coalesce(jsonb_agg(
        jsonb_build_object('weekdays', days, 'start', starts, 'end', ends) order by starts, ends)
        filter (where days is not null), '[]'::jsonb)) as hours
    from rules left join pieces on pieces.path = rules.path and starts < ends group by rules.path
)
select rules.path, hours.hours, rules.children_may_widen, rules.confirmed from rules join hours using (path);
"""

# Which hours were extended, by whom, and what the rules of that day permit.
# `approver_may` is asked for the moment of the decision, as with bulletins: the word of an office stands when its holder
# changes, and a role given afterwards makes no old approval good. What was ended early ends then.
SIGNER_EXTENSIONS = """
create view signer_extensions (
    id, area, starts, ends, reason, author, approver, approved, approver_may, permissions
) as
select e.id::text, place.path,
    (extract(epoch from e.starts) * 1000)::bigint,
    (extract(epoch from least(e.ends, e.ended_at)) * 1000)::bigint,
    e.reason, e.author_id::text, e.approver_id::text,
    e.state = 'approved',
    e.approver_id is distinct from e.author_id
    and e.on_behalf_of is distinct from e.author_id
    and exists (
        select from people_rolegrant g join areas_area held on held.id = g.area_id
        where g.user_id = e.approver_id and g.role = 'approver'
            and g.starts <= e.decided_at and (g.ends is null or g.ends > e.decided_at)
            and (place.path = held.path or starts_with(place.path, held.path || '.'))
    ),
    (
        select coalesce(jsonb_agg(
            jsonb_build_object(
                'path', held.path, 'days', held.extension_days, 'earliest', held.extension_earliest,
                'latest', held.extension_latest, 'reasons', held.extension_reasons
            ) order by length(held.path)
        ) filter (where held.extension_days is not null), '[]'::jsonb)
        from (
            select distinct on (a.path) a.path, r.extension_days, r.extension_earliest, r.extension_latest,
                r.extension_reasons
            from areas_operatingrules r join areas_area a on a.id = r.area_id
            where (place.path = a.path or starts_with(place.path, a.path || '.'))
                and r.starts <= (e.starts at time zone 'Asia/Ho_Chi_Minh')::date
                and (r.ends is null or r.ends >= (e.starts at time zone 'Asia/Ho_Chi_Minh')::date)
            order by a.path, r.starts desc, r.id desc
        ) as held
    )
from areas_extension e join areas_area place on place.id = e.area_id;
"""

# Which release was approved for which area, by whom, and whether it still stands.
# As with bulletins and extensions, `approver_may` is asked for the moment of the decision.
SIGNER_ROLLOUTS = """
create view signer_rollouts (id, area, forward, back, proposer, approver, approver_may, state) as
select r.id::text, place.path, r.forward_digest, r.backward_digest, r.proposed_by_id::text, r.approved_by_id::text,
    r.approved_by_id is distinct from r.proposed_by_id
    and exists (
        select from people_rolegrant g join areas_area held on held.id = g.area_id
        where g.user_id = r.approved_by_id and g.role = 'administrator'
            and g.starts <= r.approved_at and (g.ends is null or g.ends > r.approved_at)
            and (place.path = held.path or starts_with(place.path, held.path || '.'))
    ),
    r.state
from devices_rollout r join areas_area place on place.id = r.area_id;
"""


class Migration(migrations.Migration):
    dependencies = [("devices", "0001_initial"), ("areas", "0001_initial"), ("people", "0001_initial")]
    operations = [
        migrations.RunSQL(ROOM, migrations.RunSQL.noop),
        migrations.RunSQL(SIGNER_DEVICES, "drop view signer_devices"),
        migrations.RunSQL(SIGNER_AREA_HOURS, "drop view signer_area_hours"),
        migrations.RunSQL(SIGNER_EXTENSIONS, "drop view signer_extensions"),
        migrations.RunSQL(SIGNER_ROLLOUTS, "drop view signer_rollouts"),
    ]
