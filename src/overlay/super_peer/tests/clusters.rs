//! Clusters that are split, partners that are replaced, links that are made.

use super::*;

#[test]
fn a_cluster_without_room_is_split() {
    let mut play = Play::super_peer(&[], settings());
    for (client, is_eligible) in [(1, false), (3, true), (5, false)] {
        play.log_in(client, is_eligible, &[]);
    }
    assert_eq!(play.neighbours(), [1, 3, 5, 30, 31]);
    play.sent();
    play.log_in(7, true, &[]);
    let sent = play.sent();
    assert!(matches!(&sent[0], (7, Said::Long(Long::Refused { others })) if others.len() == 2));
    assert!(matches!(
        &sent[1],
        (3, Said::Long(Long::Invite { partners: None, .. }))
    ));
    assert_eq!(sent[2], (7, CLOSE), "a stranger's offer");
    // Nobody else is asked in the meantime.
    play.log_in(7, true, &[]);
    assert_eq!(play.sent().len(), 2);
    play.hear(5, Said::Short(Short::Promoted));
    assert_eq!(play.sent(), [], "that one was not asked");
    play.hear(3, Said::Short(Short::Promoted));
    assert_eq!(play.sent(), [(1, Said::Short(Short::Redirect { to: PeerId(3) }))]);
}

#[test]
fn clients_that_are_gone_are_no_candidates() {
    let mut play = Play::super_peer(&[], settings());
    for client in [1, 3, 5] {
        play.log_in(client, true, &[]);
    }
    let candidates = |play: &Play| {
        let SuperPeer(Role::Peer(peer)) = &play.peer else {
            unreachable!("a super-peer");
        };
        let hub = peer.hub.as_ref().unwrap();
        hub.eligible.iter().map(|peer| peer.0).collect::<Vec<_>>()
    };
    assert_eq!(candidates(&play), [1, 3, 5]);
    play.hear(3, CLOSE);
    play.table.now_ns = 300;
    let sign = Said::Short(Short::KeepAlive {
        is_answer: false,
        is_eligible: true,
    });
    play.hear(5, sign);
    play.table.now_ns = 400;
    play.expire(Timer::Tick);
    assert_eq!(candidates(&play), [5], "one said goodbye, one was silent");
}

#[test]
fn a_partner_that_is_gone_is_replaced() {
    let with_partners = Settings {
        redundancy: 2,
        ..settings()
    };
    let mut play = Play::super_peer(&[20], with_partners);
    play.accept(20, &[10, 20]);
    play.log_in(20, false, &[]);
    play.log_in(1, true, &[]);
    assert_eq!(play.neighbours(), [1, 20, 30, 31]);
    play.sent();
    play.hear(20, CLOSE);
    let alone = Said::Long(Long::Group(peers(&[10])));
    let own = in_session(ME, 1);
    let invite = Said::Long(Long::Invite {
        partners: Some((own, peers(&[10]))),
        others: peers(&[30, 31]),
    });
    assert_eq!(
        play.sent(),
        [(1, alone.clone()), (30, alone.clone()), (31, alone), (1, invite)]
    );
    play.hear(1, Said::Short(Short::Promoted));
    let both = Said::Long(Long::Group(peers(&[1, 10])));
    assert_eq!(
        play.sent(),
        [
            (1, both.clone()),
            (30, both.clone()),
            (31, both),
            (1, login(false))
        ]
    );
}

#[test]
fn a_cluster_whose_founder_is_gone_is_named_after_the_first_of_those_left() {
    let with_partners = Settings {
        redundancy: 3,
        ..settings()
    };
    for (partners, partner_left, name) in [(&[5, 20][..], 20, 10), (&[5, 7], 7, 7)] {
        let mut play = Play::founded_by(5, partners, with_partners.clone());
        let group: Vec<u32> = [partners, &[ME]].concat();
        for partner in partners {
            play.accept(*partner, &group);
            play.log_in(*partner, false, &[]);
        }
        play.sent();
        play.hear(5, CLOSE);
        let cluster = in_session(name, 1);
        let connect = Said::Short(Short::Connect { cluster });
        let mut left = peers(&[partner_left, ME]);
        left.sort_unstable();
        let left = Said::Long(Long::Group(left));
        let told = |peer| (peer, left.clone());
        assert_eq!(
            play.sent(),
            [
                told(partner_left),
                told(30),
                told(31),
                (30, connect.clone()),
                (31, connect)
            ]
        );
        // No second time.
        play.expire(Timer::Tick);
        let is_connect = |(_, said): &(u32, Said)| matches!(said, Said::Short(Short::Connect { .. }));
        assert!(!play.sent().iter().any(is_connect));
    }
}

#[test]
fn a_neighbour_may_have_a_new_name_however_little_room_there_is() {
    let mut play = Play::super_peer(&[], settings());
    let connect = |peer| {
        let cluster = in_session(peer, 1);
        Said::Short(Short::Connect { cluster })
    };
    play.hear(33, connect(33));
    play.sent();
    play.hear(34, connect(34));
    assert!(matches!(
        play.sent()[..],
        [(34, Said::Long(Long::Refused { .. }))]
    ));
    play.hear(31, connect(29));
    let cluster = in_session(ME, 1);
    assert_eq!(play.sent(), [(31, Said::Short(Short::Linked { cluster }))]);
    assert_eq!(play.neighbours(), [31, 30, 33], "in the order of the names");
    // Another of that cluster is no further neighbour.
    play.hear(34, connect(29));
    assert_eq!(play.sent(), [(34, Said::Short(Short::Linked { cluster }))]);
}

#[test]
fn an_invited_client_becomes_a_partner_or_founds_a_cluster() {
    let connect = |cluster| Said::Short(Short::Connect { cluster });
    let mut play = Play::client();
    let cluster = in_session(20, 1);
    let partners = Some((cluster, peers(&[20, 21])));
    let others = peers(&[30]);
    play.hear(20, Said::Long(Long::Invite { partners, others }));
    assert!(play.peer.is_super_peer());
    assert_eq!(
        play.sent()[..3],
        [
            (20, Said::Short(Short::Promoted)),
            (CACHE, ANNOUNCE),
            (30, connect(cluster))
        ]
    );

    let mut play = Play::client();
    let (partners, others) = (None, peers(&[30]));
    play.hear(20, Said::Long(Long::Invite { partners, others }));
    let own = in_session(ME, 1);
    assert_eq!(
        play.sent(),
        [
            (20, Said::Short(Short::Promoted)),
            (20, CLOSE),
            (21, CLOSE),
            (CACHE, ANNOUNCE),
            (20, connect(own)),
            (30, connect(own))
        ]
    );

    // Not by anybody, and not too soon.
    let mut play = Play::client();
    let invite = Said::Long(Long::Invite {
        partners: None,
        others: Vec::new(),
    });
    play.hear(30, invite.clone());
    play.table.now_ns = 500;
    play.hear(20, invite);
    assert!(!play.peer.is_super_peer() && play.sent().is_empty());
}

#[test]
fn a_client_that_is_sent_elsewhere_leaves_when_it_is_let_in_there() {
    let mut play = Play::client();
    play.hear(21, Said::Short(Short::Redirect { to: PeerId(40) }));
    assert_eq!(play.sent(), [(40, login(true))]);
    assert_eq!(play.neighbours(), [20, 21]);
    play.accept(40, &[40]);
    assert_eq!(play.sent(), [(20, CLOSE), (21, CLOSE)]);
    assert_eq!(play.neighbours(), [40]);
}

#[test]
fn links_are_made_up_to_two_bounds() {
    let mut play = Play::super_peer(&[], settings());
    play.hear(30, CLOSE);
    play.sent();
    // One is missing, and the third may come by itself; the fourth may not.
    play.hear(CACHE, told(&[31, 32]));
    let own = in_session(ME, 1);
    assert_eq!(play.sent(), [(32, Said::Short(Short::Connect { cluster: own }))]);
    let linked = |peer| {
        Said::Short(Short::Linked {
            cluster: in_session(peer, 1),
        })
    };
    play.hear(32, linked(32));
    for (peer, is_linked) in [(33, true), (34, false), (33, true)] {
        let cluster = in_session(peer, 1);
        play.hear(peer, Said::Short(Short::Connect { cluster }));
        let sent = play.sent();
        assert_eq!(sent == [(peer, linked(ME))], is_linked, "{sent:?}");
    }
    play.hear(35, linked(35));
    assert_eq!(play.sent(), [(35, CLOSE)], "nobody asked");
    assert_eq!(play.neighbours(), [31, 32, 33]);
}
