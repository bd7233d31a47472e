//! What messages and time-outs make a node do: which part of it each is for.

use super::message::{Content, Message, Values};
use super::node::Dht;
use super::router::Router;
use super::service::{Errand, Matter, Service};
use crate::overlay::Host;

/// Does what an event made the node do later; what concerns the peer as a whole was done by the peer.
pub(super) fn run<R: Router, H: Host<Dht<R>>>(
    router: &mut R,
    service: &mut Service<'_, R, H>,
    errand: Errand<R>,
) {
    match errand {
        Errand::Deliver(message) => receive(router, service, message),
        Errand::LookUp { goal, key, through } => service.begin_search(goal, key, through, router),
        Errand::Concluded(purpose, found) => router.looked_up(purpose, found, service),
        Errand::BeginPublishing(_) | Errand::PublishNews | Errand::Published => {}
    }
}

/// A message arrived.
pub(super) fn receive<R: Router, H: Host<Dht<R>>>(
    router: &mut R,
    service: &mut Service<'_, R, H>,
    message: Message<R>,
) {
    let Message {
        from,
        ticket,
        cause,
        content,
        ..
    } = message;
    router.heard(from, content.says_more(), service);
    if content.is_request() && !router.answers() {
        return;
    }
    match content {
        Content::FindNode(key) => {
            let guidance = router.guide(key, service.me(), service.settings());
            service.note_reached(cause, from, 0);
            service.send(from, ticket, cause, Content::Nodes(Box::new(guidance)));
        }
        Content::Route(route) => {
            service.send(from, ticket, cause, Content::Taken);
            service.note_reached(cause, from, route.hops);
            service.take_on(*route, Some(from), cause, router);
        }
        Content::Arrived(arrival) => {
            service.send(from, ticket, cause, Content::Pong);
            service.returned(*arrival);
        }
        Content::Ping => service.send(from, ticket, cause, Content::Pong),
        Content::FindValue(key) => {
            service.note_reached(cause, from, 0);
            let values = Values {
                known: service.stored(key),
                guidance: router.guide(key, service.me(), service.settings()),
            };
            service.send(from, ticket, cause, Content::Values(Box::new(values)));
        }
        Content::FindItems(question) => {
            service.note_reached(cause, from, 0);
            let values = Values {
                known: service.listed(&question),
                guidance: router.guide(question.key, service.me(), service.settings()),
            };
            service.send(from, ticket, cause, Content::Values(Box::new(values)));
        }
        Content::Join(join) => {
            service.note_reached(cause, from, 0);
            service.send(from, ticket, cause, Content::Pong);
            service.join_list(*join, cause);
        }
        Content::Joined(joined) => {
            service.send(from, ticket, cause, Content::Pong);
            service.joined(&joined);
        }
        Content::Store(posting) => {
            service.keep_told(&posting, router);
            service.send(from, ticket, cause, Content::Pong);
        }
        Content::CallBack(query) => {
            let requester = service.settings().directory.peer_of(from);
            service.host.call_back(requester, query);
        }
        Content::Own(body) if !R::is_answer(&body) => router.receive(from, ticket, body, service),
        answer => {
            let Some(call) = service.answered(ticket, from) else {
                return;
            };
            match (call.matter, answer) {
                (Matter::Search(number), Content::Nodes(guidance)) => {
                    service.guided(number, from, *guidance);
                }
                (Matter::Search(number), Content::Values(values)) => {
                    service.valued(number, from, *values);
                }
                (Matter::Owner(number), Content::Pong) => service.confirmed(number, from),
                (Matter::Owner(number), Content::Values(values)) => {
                    service.owner_valued(number, from, &values.known);
                }
                (Matter::Relay(number), Content::Taken) => service.taken(number),
                (Matter::Return, Content::Pong) => {}
                (Matter::Keep(number), Content::Pong) => service.note_kept(number, true),
                (Matter::Own(purpose), answer) => router.answered(from, purpose, answer, service),
                (matter, answer) => unreachable!("{answer:?} does not answer what {matter:?} asks"),
            }
        }
    }
}

/// A request has waited for its answer.
pub(super) fn miss<R: Router, H: Host<Dht<R>>>(router: &mut R, service: &mut Service<'_, R, H>, ticket: u32) {
    let Some(call) = service.waited(ticket) else {
        return;
    };
    let purpose = match call.matter {
        Matter::Own(purpose) => Some(purpose),
        _ => None,
    };
    router.unanswered(call.to, purpose, service);
    match call.matter {
        Matter::Search(number) => service.misled(number, call.to),
        Matter::Owner(number) => service.missing(number),
        Matter::Relay(number) => service.pass_on(number),
        Matter::Keep(number) => service.note_kept(number, false),
        Matter::Return | Matter::Own(_) => {}
    }
}
