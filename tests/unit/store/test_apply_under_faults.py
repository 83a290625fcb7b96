"""Any commands in any order over a table that loses answers and requests, with rivals between read and write."""

from datetime import timedelta

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, multiple, rule

from alexandrite.domain.company import Company, WorkInProgress
from alexandrite.domain.errors import KeyReused, Refusal
from alexandrite.store.apply import Busy, ExtraItem, KeyUse, Patience, apply
from alexandrite.store.keys import price_key
from tests.invariants import check_log, check_ownership, check_schedule
from tests.memory_table import MemoryOrderTable
from tests.orders import DINA, FOREMAN, GLEB, MONDAY, Commands

ORDERS = ("ord_1", "ord_2", "ord_3")
COMPANY = Company(work_in_progress=WorkInProgress(orders=1, pieces=6))

order_ids = st.sampled_from(ORDERS)
operators = st.sampled_from([GLEB, DINA])

COMMANDS = {
    "create": lambda make, operator, fence: (make.create(body=str(make.at), quantity=2),),
    "files": lambda make, operator, fence: (make.files(),),
    "submit": lambda make, operator, fence: (make.files(), make.submit()),
    "price": lambda make, operator, fence: (make.price(),),
    "accept": lambda make, operator, fence: (make.accept(), make.pay()),
    "approve": lambda make, operator, fence: (make.approve(),),
    "take": lambda make, operator, fence: (make.take(operator),),
    "release": lambda make, operator, fence: (make.release(operator, fence),),
    "stale release": lambda make, operator, fence: (make.release(operator, max(fence - 1, 0)),),
    "reassign": lambda make, operator, fence: (make.reassign(operator, fence),),
    "complete": lambda make, operator, fence: (make.complete(operator, fence),),
    "rework": lambda make, operator, fence: (make.rework(FOREMAN),),
    "ship": lambda make, operator, fence: (make.pack(), make.ship()),
    "close": lambda make, operator, fence: (make.close(),),
    "cancel": lambda make, operator, fence: (make.cancel(),),
    "note": lambda make, operator, fence: (make.note(),),
    "hold": lambda make, operator, fence: (make.hold(),),
    "resume": lambda make, operator, fence: (make.resume(),),
}
LIKELY = {
    None: ["create"],
    "INITIATED": ["files", "submit"],
    "FILE_UPLOADED": ["submit"],
    "SUBMITTED": ["price"],
    "PRICE_CALCULATED": ["accept", "approve"],
    "MANUFACTURING_APPROVED": ["take"],
    "MANUFACTURING_STARTED": ["release", "stale release", "reassign", "complete", "take"],
    "MANUFACTURING_COMPLETED": ["ship", "rework"],
    "PACKAGING": ["rework"],
    "SHIPPED": ["close"],
}
kinds = st.one_of(st.just("likely"), st.just("likely"), st.sampled_from(sorted(COMMANDS)))
faults = st.lists(st.sampled_from(["none", "answer_lost", "repeated", "request_lost", "conflict"]), max_size=4)
readings = st.lists(st.sampled_from(["none", "unread"]), max_size=3)


class Faults:
    """What goes wrong with the next calls, and a rival who writes just before the next commit."""

    def __init__(self):
        self.commits, self.reads, self.rival = [], [], None

    def __call__(self, call):
        if call == "read":
            return self.reads.pop(0) if self.reads else "none"
        if self.rival is not None:
            rival, self.rival = self.rival, None
            rival()
        return self.commits.pop(0) if self.commits else "none"


class Request:
    """What a client sends, and would send again in the very same way."""

    def __init__(self, order_id, commands, key):
        self.order_id, self.commands, self.key = order_id, commands, key
        self.answers = []
        self.refused = False


class OrdersUnderFaults(RuleBasedStateMachine):
    """Clients that send, send again, and race; what they were told is held against what happened."""

    requests = Bundle("requests")

    @initialize()
    def begin(self):
        self.faults = Faults()
        self.table = MemoryOrderTable(faults=self.faults)
        self.commands = Commands("stateful", step=timedelta(seconds=10))
        self.numbered = 0
        self.sent = []

    def _request(self, order_id, *commands):
        """Every other request comes from a consumer of messages, which has no key but its command's id."""
        self.numbered += 1
        key = KeyUse("cus_anna", f"key-{self.numbered}", f"body-{self.numbered}", MONDAY)
        key = key if self.numbered % 2 else None
        request = Request(order_id, commands, key)
        self.sent.append(request)
        return request

    def _send(self, request, expected_version=None):
        items = [ExtraItem(price_key(request.order_id, "prc_1"), {"breakdown": "{}"})]
        creates = any(type(command).__name__ == "RecordPrice" for command in request.commands)
        try:
            applied = apply(
                self.table,
                request.order_id,
                request.commands,
                company=COMPANY,
                key=request.key,
                expected_version=expected_version,
                items=items if creates else (),
                patience=Patience(rest=lambda _: None),
            )
        except Busy:
            return
        except Refusal:
            request.refused = True
            return
        request.answers.append(applied)
        request.refused = False

    def _with_faults(self, request, commits, reads):
        self.faults.commits, self.faults.reads = list(commits), list(reads)
        self._send(request)
        self.faults.commits, self.faults.reads, self.faults.rival = [], [], None

    def _command(self, kind, order_id, operator):
        record = self.table.records.get(order_id)
        fence = record.order.fence if record is not None else 0
        if kind == "likely":
            likely = LIKELY.get(record.order.status if record is not None else None, ["note"])
            kind = likely[self.numbered % len(likely)]
        return COMMANDS[kind](self.commands, operator, fence)

    @rule(target=requests, order_id=order_ids, commits=faults)
    def bring_an_order_to_the_floor(self, order_id, commits):
        made = []
        for kind in ("create", "submit", "price", "accept", "approve"):
            request = self._request(order_id, *self._command(kind, order_id, GLEB))
            self._with_faults(request, commits, [])
            made.append(request)
        return multiple(*made)

    @rule(target=requests, kind=kinds, order_id=order_ids, operator=operators, commits=faults, reads=readings)
    def send(self, kind, order_id, operator, commits, reads):
        request = self._request(order_id, *self._command(kind, order_id, operator))
        self._with_faults(request, commits, reads)
        return request

    @rule(request=requests, commits=faults, reads=readings)
    def send_again(self, request, commits, reads):
        self._with_faults(request, commits, reads)

    @rule(target=requests, kind=kinds, rival=kinds, order_id=order_ids, commits=faults)
    def race(self, kind, rival, order_id, commits):
        mine = self._request(order_id, *self._command(kind, order_id, GLEB))
        theirs = self._request(order_id, *self._command(rival, order_id, DINA))
        self.faults.rival = lambda: self._send(theirs)
        self._with_faults(mine, commits, [])
        return multiple(mine, theirs)

    @rule(target=requests, kind=kinds, order_id=order_ids, operator=operators, behind=st.integers(0, 2))
    def insist_on_a_version(self, kind, order_id, operator, behind):
        record = self.table.records.get(order_id)
        version = record.order.version if record is not None else 1
        request = self._request(order_id, *self._command(kind, order_id, operator))
        before = len(self.table.log.get(order_id, ()))
        self._send(request, expected_version=version - behind)
        assert behind == 0 or record is None or len(self.table.log[order_id]) == before
        return request

    @rule(request=requests)
    def reuse_a_key_for_something_else(self, request):
        if not request.answers or request.key is None:
            return
        other = KeyUse(request.key.caller, request.key.key, "another body", MONDAY)
        try:
            apply(self.table, request.order_id, [self.commands.note()], company=COMPANY, key=other)
        except KeyReused:
            return
        raise AssertionError("a key was taken with another body")

    @invariant()
    def the_log_is_whole(self):
        check_log(self.table)

    @invariant()
    def nobody_has_too_much_or_what_is_not_theirs(self):
        check_ownership(self.table, COMPANY.work_in_progress)

    @invariant()
    def everything_open_is_scheduled(self):
        check_schedule(self.table)

    @invariant()
    def everybody_was_told_the_truth(self):
        happened = {
            (order_id, step.event.command_id): step for order_id, steps in self.table.log.items() for step in steps
        }
        for request in self.sent:
            done = [(request.order_id, command.command_id) in happened for command in request.commands]
            if request.answers:
                assert all(done)
                assert all(answer.order == request.answers[0].order for answer in request.answers)
                last = happened[request.order_id, request.commands[-1].command_id]
                assert request.answers[0].order == last.after
            if request.refused and not request.answers:
                assert not any(done), "refused, and yet it happened"


OrdersUnderFaults.TestCase.settings = settings(
    max_examples=80, stateful_step_count=50, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
TestOrdersUnderFaults = OrdersUnderFaults.TestCase
