"""What the screen says of a situation until that changes."""

from math import inf

from devices.arcade.options import Pay
from devices.arcade.turns.effects import Message
from devices.arcade.turns.screen import Notice
from devices.arcade.turns.situation import Phase, Situation
from devices.arcade.turns.turn import Turn


def notice(situation: Situation, now_s: float) -> Notice:
    """The message that holds now."""
    if situation.turn is not None:
        return _of_turn(situation, situation.turn, now_s)
    match situation.phase, situation.rules.pay:
        case Phase.CLOSED, _:
            return Notice(Message.CLOSED)
        case Phase.CALLING, _:
            return Notice(Message.CALL, situation.ticket, situation.queue.claim_by_s)
        case _, Pay.BADGE:
            return Notice(Message.SHOW_BADGE)
        case _, Pay.COINS if not situation.credits:
            return Notice(Message.INSERT_COIN)
    return Notice(Message.WELCOME)


def _of_turn(situation: Situation, turn: Turn, now_s: float) -> Notice:
    rules = situation.rules
    ends_s, alone_s = turn.ends_s(rules), turn.left_alone_s(rules)
    if turn.grace_until_s is not None:
        return Notice(Message.FINISH, turn.ticket, turn.grace_until_s)
    if rules.grace < rules.idle and alone_s < ends_s and now_s >= alone_s - rules.grace:
        return Notice(Message.STILL_THERE, turn.ticket, alone_s)
    if now_s >= ends_s - rules.warning:
        return Notice(Message.ONE_MINUTE, turn.ticket, ends_s)
    return Notice(Message.PLAY, turn.ticket, None if ends_s == inf else ends_s)
