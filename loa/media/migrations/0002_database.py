from django.db import migrations

# What was heard and approved is what sounds: the file of a ready sound never changes, whoever writes to the table.
FINAL = """
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
NOT_FINAL = "drop trigger media_sound_is_final on media_sound; drop function media_sound_is_final();"

# What people type lies anywhere in the words; `loa.media.library` asks for it.
SEARCH = "create index sound_fold_trigrams on media_sound using gin (fold gin_trgm_ops)"


class Migration(migrations.Migration):
    dependencies = [("media", "0001_initial"), ("areas", "0001_initial")]
    operations = [
        migrations.RunSQL(FINAL, NOT_FINAL),
        migrations.RunSQL(SEARCH, "drop index sound_fold_trigrams"),
    ]
