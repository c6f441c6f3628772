-- The fifth version: calls that only the unit for reports may know of. They are on no board and in no transcript.
alter table calls add column restricted integer not null default 0;
