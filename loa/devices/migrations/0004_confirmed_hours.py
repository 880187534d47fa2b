"""The signer also reads whether units below may go beyond a rule, and what a second person's passkey signed."""

from django.db import migrations

SIGNER_AREA_HOURS = """
create or replace view signer_area_hours (path, hours, children_may_widen, confirmed) as
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


class Migration(migrations.Migration):
    dependencies = [("devices", "0003_samples"), ("areas", "0004_confirmed")]
    operations = [migrations.RunSQL(SIGNER_AREA_HOURS, migrations.RunSQL.noop)]
