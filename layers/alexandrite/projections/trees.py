"""A sorted list as a B+ tree whose nodes are single items: which nodes a change touches, and what becomes of them.

Pure: the tree works on nodes that somebody has read, asks for the ones it lacks (`NotLoaded`), and ends in a set of
changes, each of which is conditional on the version of the node that was read. Ranges of the leaves partition all
possible keys at every moment, so a leaf that covers a key, written under its version, is the right leaf, however stale
the branches were that led to it.

A leaf holds at most 24 keys: with keys of some 35 bytes it stays near 1 KB, the unit of a write, so that a leaf costs
no more to write than a single entry would. A branch holds at most 128 children and stays under 8 KB.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

ROOT = "root"
BOTTOM = ""
TOP = "\U0010ffff"
LEAF = 24
BRANCH = 128


class NotLoaded(Exception):
    """The change needs a node that has not been read yet."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name


class Torn(Exception):
    """The nodes were read while somebody else changed the tree: read again."""


@dataclass(frozen=True, slots=True)
class Node:
    """Keys in [low, high): entries in a leaf (level 0), in a branch the lowest key of each child."""

    low: str = BOTTOM
    high: str = TOP
    level: int = 0
    keys: tuple[str, ...] = ()
    children: tuple[str, ...] = ()
    version: int = 0

    @property
    def capacity(self) -> int:
        """How many keys the node may hold."""
        return BRANCH if self.level else LEAF

    def covers(self, key: str) -> bool:
        """Whether `key` belongs here."""
        return self.low <= key < self.high

    def child_for(self, key: str) -> int:
        """Return the place of the child that `key` belongs to."""
        return max(bisect_right(self.keys, key) - 1, 0)


EMPTY = Node()


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one node: `before` is None for a new one, `after` for one that goes."""

    name: str
    before: Node | None
    after: Node | None


class Tree:
    """One tree, as far as it has been read, under change."""

    def __init__(self, read: Mapping[str, Node | None], new_names: Iterator[str]) -> None:
        """Begin with nodes as read (None: read, and not there); `new_names` names nodes that come into being."""
        self._before = dict(read)
        self._now: dict[str, Node | None] = dict(read)
        if ROOT in read and read[ROOT] is None:
            self._now[ROOT] = EMPTY
        self._new_names = new_names

    def insert(self, key: str) -> None:
        """Add `key`; nothing changes when it is there.

        Raises:
            NotLoaded: when a further node has to be read first; nothing has changed then.
            Torn: when the nodes do not fit together.
        """
        path = self._path(key)
        leaf = self._node(path[-1])
        place = bisect_left(leaf.keys, key)
        if leaf.keys[place : place + 1] == (key,):
            return
        self._grow(path, replace(leaf, keys=_with(leaf.keys, place, key)), place)

    def remove(self, key: str) -> None:
        """Take `key` away; nothing changes when it is not there. Raises like `insert`."""
        path = self._path(key)
        leaf = self._node(path[-1])
        if key not in leaf.keys:
            return
        before = dict(self._now)
        try:
            self._shrink(path, replace(leaf, keys=tuple(other for other in leaf.keys if other != key)))
        except NotLoaded:
            self._now = before
            raise

    def changes(self) -> tuple[Change, ...]:
        """Return what has become of the nodes, each `after` with the version it will have."""
        changed = []
        for name, now in self._now.items():
            before = self._before.get(name)
            if now != before and (now is not EMPTY):
                after = replace(now, version=before.version + 1 if before else 1) if now else None
                changed.append(Change(name, before, after))
        return tuple(changed)

    def _node(self, name: str) -> Node:
        if name not in self._now:
            raise NotLoaded(name)
        node = self._now[name]
        if node is None:
            raise Torn(name)
        return node

    def _path(self, key: str) -> list[str]:
        """Return the names from the root to the leaf that covers `key`."""
        path = [ROOT]
        node = self._node(ROOT)
        while node.level:
            path.append(node.children[node.child_for(key)])
            node = self._node(path[-1])
            if not node.covers(key):
                raise Torn(path[-1])
        return path

    def _grow(self, path: Sequence[str], node: Node, place: int) -> None:
        """Let `node`, which has gained the key at `place`, stand at the end of `path`, split if it is too full."""
        if len(node.keys) <= node.capacity:
            self._now[path[-1]] = node
            return
        left, right = _split(node, place)
        if path[-1] == ROOT:
            names = (next(self._new_names), next(self._new_names))
            self._now[names[0]] = replace(left, version=0)
            self._now[names[1]] = right
            self._now[ROOT] = replace(node, level=node.level + 1, keys=(left.low, right.low), children=names)
            return
        name = next(self._new_names)
        self._now[path[-1]] = left
        self._now[name] = right
        parent = self._node(path[-2])
        place = parent.children.index(path[-1]) + 1
        grown = replace(parent, keys=_with(parent.keys, place, right.low), children=_with(parent.children, place, name))
        self._grow(path[:-1], grown, place)

    def _shrink(self, path: Sequence[str], node: Node) -> None:
        """Let `node`, which has lost a key, stand at the end of `path`, merged with a neighbour if both are thin."""
        if path[-1] == ROOT:
            self._now[ROOT] = self._without_lone_children(node)
            return
        self._now[path[-1]] = node
        if len(node.keys) >= node.capacity // 3:
            return
        parent = self._node(path[-2])
        place = parent.children.index(path[-1])
        for left, right in ((place - 1, place), (place, place + 1)):
            if left < 0 or right == len(parent.children):
                continue
            if self._merge(parent.children[left], parent.children[right]):
                fewer = replace(parent, keys=_less(parent.keys, right), children=_less(parent.children, right))
                self._shrink(path[:-1], fewer)
                return

    def _merge(self, left: str, right: str) -> bool:
        """Let `left` absorb `right` if the two leave room for a third as much again, or if one is empty."""
        first, second = self._node(left), self._node(right)
        together = len(first.keys) + len(second.keys)
        if first.keys and second.keys and together > first.capacity * 2 // 3:
            return False
        self._now[left] = replace(
            first, high=second.high, keys=first.keys + second.keys, children=first.children + second.children
        )
        self._now[right] = None
        return True

    def _without_lone_children(self, root: Node) -> Node:
        """Return the root in the place of a line of only children, so that the tree is no higher than it must be."""
        while len(root.children) == 1:
            only = root.children[0]
            root = replace(self._node(only), version=root.version)
            self._now[only] = None
        return root


def _split(node: Node, place: int) -> tuple[Node, Node]:
    """Cut a node in two where it will stay fullest.

    Keys that come in order fall at one end of the list: there the cut leaves the full part whole. In between it halves.
    """
    last = len(node.keys) - 1
    cut = len(node.keys) // 2
    if node.low == BOTTOM and place <= 1:
        cut = 1
    elif node.high == TOP and place >= last - 1:
        cut = last
    middle = node.keys[cut]
    left = replace(node, high=middle, keys=node.keys[:cut], children=node.children[:cut])
    right = replace(node, low=middle, keys=node.keys[cut:], children=node.children[cut:], version=0)
    return left, right


def _with(values: tuple[str, ...], place: int, value: str) -> tuple[str, ...]:
    return (*values[:place], value, *values[place:])


def _less(values: tuple[str, ...], place: int) -> tuple[str, ...]:
    return values[:place] + values[place + 1 :]
