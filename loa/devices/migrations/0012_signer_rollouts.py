"""The signer also reads which release was approved for which area, by whom, and whether it still stands."""

from django.db import migrations

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
    dependencies = [("devices", "0011_releases"), ("areas", "0008_rules_of_the_air"), ("people", "0001_initial")]
    operations = [migrations.RunSQL(SIGNER_ROLLOUTS, "drop view signer_rollouts")]
