"""The sorted list as a tree of small nodes."""

from itertools import count, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alexandrite.projections.trees import BOTTOM, BRANCH, LEAF, ROOT, TOP, Node, NotLoaded, Torn, Tree


class Stored:
    """A tree as it lies in a table: only changes of versions that were read get in."""

    def __init__(self) -> None:
        self.nodes: dict[str, Node] = {}
        self.names = (f"n{number}" for number in count())
        self.most_read = 0
        self.most_changed = 0

    def change(self, *, insert: str | None = None, remove: str | None = None) -> None:
        read: dict[str, Node | None] = {}
        while True:
            tree = Tree(read, self.names)
            try:
                if remove is not None:
                    tree.remove(remove)
                if insert is not None:
                    tree.insert(insert)
            except NotLoaded as lacking:
                read[lacking.name] = self.nodes.get(lacking.name)
                continue
            break
        changes = tree.changes()
        self.most_read = max(self.most_read, len(read))
        self.most_changed = max(self.most_changed, len(changes))
        for change in changes:
            assert self.nodes.get(change.name) == change.before
            if change.after is None:
                del self.nodes[change.name]
            else:
                assert change.after.version == (change.before.version if change.before else 0) + 1
                self.nodes[change.name] = change.after

    def leaves(self) -> list[Node]:
        """Return the leaves in order, having checked everything that must hold of the nodes above."""
        reached: set[str] = set()

        def below(name: str, low: str, high: str, level: int | None) -> list[Node]:
            reached.add(name)
            node = self.nodes[name]
            assert (node.low, node.high) == (low, high)
            assert level is None or node.level == level
            assert list(node.keys) == sorted(set(node.keys))
            assert len(node.keys) <= (BRANCH if node.level else LEAF)
            assert all(node.covers(key) for key in node.keys)
            if not node.level:
                return [node]
            assert len(node.children) == len(node.keys) > 0
            assert node.keys[0] == node.low
            bounds = zip(node.keys, (*node.keys[1:], node.high), strict=True)
            return [
                leaf
                for child, (begin, end) in zip(node.children, bounds, strict=True)
                for leaf in below(child, begin, end, node.level - 1)
            ]

        leaves = below(ROOT, BOTTOM, TOP, None)
        assert reached == self.nodes.keys()
        return leaves


KEYS = st.integers(0, 400).map(lambda number: f"{number:05d}")


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.booleans(), KEYS), max_size=700))
def test_a_tree_holds_what_a_sorted_set_would(moves: list[tuple[bool, str]]) -> None:
    tree, truth = Stored(), set[str]()
    for enters, key in moves:
        tree.change(**{"insert" if enters else "remove": key})
        (truth.add if enters else truth.discard)(key)
    if tree.nodes:
        assert [key for leaf in tree.leaves() for key in leaf.keys] == sorted(truth)
    else:
        assert not truth


@pytest.mark.parametrize("keys", [range(5_000), range(5_000, 0, -1)], ids=["later and later", "earlier and earlier"])
def test_keys_that_come_in_order_fill_leaves_to_the_brim(keys: range) -> None:
    tree = Stored()
    for key in keys:
        tree.change(insert=f"{key:05d}")
    leaves = tree.leaves()
    assert len(leaves) <= 5_000 / LEAF + 2


def test_old_and_sparse_leaves_merge_so_that_a_page_never_walks_over_empty_ones() -> None:
    tree = Stored()
    for key in range(5_000):
        tree.change(insert=f"{key:05d}")
    for key in range(5_000):
        if key % 97:
            tree.change(remove=f"{key:05d}")
    leaves = tree.leaves()
    neighbours = [len(first.keys) + len(second.keys) for first, second in pairwise(leaves)]
    assert sum(len(leaf.keys) for leaf in leaves) == 52
    assert min(neighbours, default=LEAF) > LEAF // 3
    for key in range(0, 5_000, 97):
        tree.change(remove=f"{key:05d}")
    assert list(tree.nodes) == [ROOT]


def test_a_change_reads_and_writes_a_handful_of_nodes_however_long_the_list() -> None:
    tree = Stored()
    for key in range(12_000):
        tree.change(insert=f"{(key * 7_919) % 12_007:05d}")
    for key in range(0, 12_007, 3):
        tree.change(remove=f"{key:05d}")
    assert tree.most_read <= 3 + 2  # root, branch, leaf, and the neighbours of one that grew thin
    assert tree.most_changed <= 5


def test_the_same_change_twice_is_one() -> None:
    tree = Stored()
    tree.change(insert="a")
    before = dict(tree.nodes)
    tree.change(insert="a")
    tree.change(remove="b")
    assert tree.nodes == before


def test_moving_within_one_list_is_one_change_of_its_tree() -> None:
    tree = Stored()
    for key in range(1_000):
        tree.change(insert=f"{key:05d}")
    tree.change(remove="00010", insert="00990.5")
    assert [key for leaf in tree.leaves() for key in leaf.keys] == sorted(
        {f"{key:05d}" for key in range(1_000)} - {"00010"} | {"00990.5"}
    )


def test_a_branch_that_is_out_of_date_never_leads_to_the_wrong_leaf() -> None:
    root = Node(level=1, keys=("", "m"), children=("left", "right"), version=3)
    split_since = Node(low="m", high="s", keys=("n",), version=2)
    tree = Tree({ROOT: root, "right": split_since}, iter(()))
    with pytest.raises(Torn):
        tree.insert("t")
    gone_since = Tree({ROOT: root, "right": None}, iter(()))
    with pytest.raises(Torn):
        gone_since.insert("t")
