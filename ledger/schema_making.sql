-- A campaign of a long list is made in several transactions; until the last one it cannot be started.
create table makings (
  campaign_id integer primary key references campaigns (id), began_at text not null, ended_at text
) strict;
