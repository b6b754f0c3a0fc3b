"""Members, their badges and trainings: the only place of the lab where names stand.

Only the hub imports anything below. Everybody else knows a member by a pseudonym, and a badge by the keyed hash of
its number, which even the hub cannot turn back.
"""
