from django.db import migrations

# What was heard and approved is what sounds: the file of a ready sound never changes, whoever writes to the table.
MAKE = """
create function media_sound_is_final() returns trigger language plpgsql as $$
begin
    if old.state = 'ready' and (new.state, new.sha256, new.size, new.duration_ms)
        is distinct from (old.state, old.sha256, old.size, old.duration_ms) then
        raise exception 'a ready sound is final' using errcode = 'check_violation';
    end if;
    return new;
end $$;
create trigger media_sound_is_final before update on media_sound
    for each row execute function media_sound_is_final();
"""
DROP = "drop trigger media_sound_is_final on media_sound; drop function media_sound_is_final();"


class Migration(migrations.Migration):
    dependencies = [("media", "0001_initial")]

    operations = [migrations.RunSQL(MAKE, DROP)]
