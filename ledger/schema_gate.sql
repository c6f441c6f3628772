-- What the gate asks beside the task: earlier calls to the customer in other campaigns, and the yearly training of agents.
create index tasks_of_contact on tasks (contact_id);
create table trainings (
  id integer primary key, user_id integer not null references users (id), reference text not null,
  trained_on text not null, created_at text not null
) strict;
create index trainings_user on trainings (user_id, trained_on);
