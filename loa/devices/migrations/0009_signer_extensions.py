"""The signer also reads which hours were extended, by whom, and what the rules of that day permit."""

from django.db import migrations

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


class Migration(migrations.Migration):
    dependencies = [("devices", "0008_fleet"), ("areas", "0008_rules_of_the_air"), ("people", "0001_initial")]
    operations = [migrations.RunSQL(SIGNER_EXTENSIONS, "drop view signer_extensions")]
