//! What a client does: whom it turns to, and when it becomes a super-peer.

use super::*;

#[test]
fn a_client_tries_whom_it_hears_of_and_waits_with_its_queries() {
    let mut play = Play::new(false, None, settings());
    assert_eq!(play.sent(), [(CACHE, ASK)]);
    play.peer.search(QueryId(7), &mut play.table);
    play.hear(CACHE, told(&[5]));
    assert_eq!(play.sent(), [(5, login(false))]);
    // No room there, but maybe here: no answer; and then there is nobody left.
    play.hear(5, Said::Long(Long::Refused { others: peers(&[6]) }));
    assert_eq!(play.sent(), [(6, login(false))]);
    play.expire(Timer::Login(2));
    assert_eq!(play.sent(), [], "a cache was asked a short while ago");
    play.expire(Timer::AskAgain);
    assert_eq!(play.sent(), [(CACHE, ASK)]);
    play.hear(CACHE, told(&[8]));
    play.table.shared = vec![ItemId(3), ItemId(1)];
    play.sent();
    play.accept(8, &[8]);
    let offer = Said::Long(Long::Offer([1, 3].map(ItemId).into()));
    assert_eq!(play.sent(), [(8, offer), (8, Said::Query { ttl: 4, hops: 0 })]);
    assert_eq!(play.neighbours(), [8]);
    // What is shared in between, and no longer.
    play.table.shared = vec![ItemId(3), ItemId(4)];
    play.peer.shares_changed(&mut play.table);
    let withdraw = Said::Long(Long::Withdraw([ItemId(1)].into()));
    let offer = Said::Long(Long::Offer([ItemId(4)].into()));
    assert_eq!(play.sent(), [(8, withdraw), (8, offer)]);
}

/// Two that have no room, and name each other, are tried once each until a cache is asked again.
#[test]
fn who_has_no_room_is_left_alone_for_a_while() {
    let mut play = Play::new(false, None, settings());
    play.hear(CACHE, told(&[5]));
    play.sent();
    play.hear(5, Said::Long(Long::Refused { others: peers(&[6]) }));
    assert_eq!(play.sent(), [(6, login(false))]);
    play.hear(6, Said::Long(Long::Refused { others: peers(&[5]) }));
    assert_eq!(play.sent(), []);
    play.expire(Timer::AskAgain);
    assert_eq!(play.sent(), [(CACHE, ASK)]);
    play.hear(CACHE, told(&[5]));
    assert_eq!(play.sent(), [(5, login(false))]);
}

#[test]
fn a_silent_super_peer_is_given_up_and_one_that_answers_is_not() {
    for answers in [true, false] {
        let mut play = Play::client();
        play.expire(Timer::Tick);
        let sign = Said::Short(Short::KeepAlive {
            is_answer: false,
            is_eligible: true,
        });
        assert_eq!(play.sent(), [(20, sign.clone()), (21, sign)]);
        let silence = play.table.last_timer();
        if answers {
            let sign = Short::KeepAlive {
                is_answer: true,
                is_eligible: false,
            };
            play.hear(21, Said::Short(sign));
        }
        play.expire(silence);
        let left: &[u32] = if answers { &[20, 21] } else { &[20] };
        assert_eq!(play.neighbours(), left);
    }
}

#[test]
fn a_client_that_finds_no_room_becomes_a_super_peer_if_it_can() {
    for (is_capable, now_ns) in [(true, 5_000), (true, 500), (false, 5_000)] {
        let mut play = Play::new(is_capable, None, settings());
        play.table.now_ns = now_ns;
        // In a cluster of two every other client helps itself at once, and every one in the second round.
        for _ in 0..2 {
            play.hear(CACHE, told(&[]));
            play.expire(Timer::AskAgain);
        }
        play.hear(CACHE, told(&[]));
        let becomes = is_capable && now_ns == 5_000;
        assert_eq!(play.peer.is_super_peer(), becomes);
        assert_eq!(play.sent().contains(&(CACHE, ANNOUNCE)), becomes);
    }
}
