-- Files that came by upload or in a watched folder: each is worked once by kind, mapping, plan and content.
create table intakes (
  id integer primary key, kind text not null, mapping text not null, plan text not null, digest text not null,
  name text not null, path text not null, asked_by text not null, status text not null, rows integer not null default 0,
  list_id integer references lists (id), campaign_id integer references campaigns (id),
  report text not null default '', asked_at text not null, started_at text, ended_at text, put_away_at text,
  check (status in ('waiting', 'working', 'imported', 'failed'))
) strict;
create unique index intakes_file on intakes (digest, kind, mapping, plan);
create index intakes_open on intakes (status, id) where status in ('waiting', 'working');
create index intakes_lying on intakes (id) where status in ('imported', 'failed') and put_away_at is null;
