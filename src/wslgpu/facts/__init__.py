"""LOOK: what was read off a machine's answers. One file a subject: a frozen dataclass, its wants, a pure reader."""
