"""Tables of projects, tasks, runs and what belongs to them, as the first step of the schema made them."""

from __future__ import annotations

PROJECTS = """
CREATE TABLE projects (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    description TEXT NOT NULL,
    labels BLOB NOT NULL,            -- flyteidl2.task.Labels
    state INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) WITHOUT ROWID
"""

TASKS = """
CREATE TABLE tasks (
    project TEXT NOT NULL,
    domain TEXT NOT NULL,
    name TEXT NOT NULL,
    version TEXT NOT NULL,
    environment TEXT NOT NULL,
    function_name TEXT NOT NULL,
    deployed_by TEXT NOT NULL,
    env_description TEXT NOT NULL,
    short_description TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    spec BLOB NOT NULL,              -- flyteidl2.task.TaskSpec
    PRIMARY KEY (project, domain, name, version)
)
"""

TRIGGERS = """
CREATE TABLE triggers (
    project TEXT NOT NULL,
    domain TEXT NOT NULL,
    task_name TEXT NOT NULL,
    name TEXT NOT NULL,
    revision INTEGER NOT NULL,
    active INTEGER NOT NULL,
    deleted INTEGER NOT NULL,
    task_version TEXT NOT NULL,
    deployed_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    trigger BLOB NOT NULL,           -- flyteidl2.task.TaskTrigger
    PRIMARY KEY (project, domain, task_name, name)
)
"""

TASK_SPECS = """
CREATE TABLE task_specs (
    digest BLOB PRIMARY KEY,
    spec BLOB NOT NULL               -- flyteidl2.task.TaskSpec
) WITHOUT ROWID
"""

ACTIONS = """
CREATE TABLE actions (
    id INTEGER PRIMARY KEY,
    project TEXT NOT NULL,
    domain TEXT NOT NULL,
    run_name TEXT NOT NULL,
    name TEXT NOT NULL,
    parent TEXT,                     -- NULL for the root action, which is the run
    phase INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    cache_status INTEGER NOT NULL DEFAULT 0,
    action_type INTEGER NOT NULL,
    run_source TEXT NOT NULL DEFAULT '',
    created_by_subject TEXT NOT NULL DEFAULT '',
    trigger_task_name TEXT,
    trigger_name TEXT,
    trigger_revision INTEGER,
    trigger_type TEXT,
    task_project TEXT,
    task_domain TEXT,
    task_name TEXT,
    task_version TEXT,
    function_name TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    ended_at INTEGER,
    duration_ms INTEGER,
    metadata BLOB NOT NULL,          -- flyteidl2.workflow.ActionMetadata
    spec BLOB,                       -- digest of a task spec; for other kinds of action the spec itself
    run_spec BLOB,                   -- flyteidl2.task.RunSpec, of root actions
    labels TEXT NOT NULL DEFAULT '{}',
    input_uri TEXT NOT NULL DEFAULT '',
    abort_reason TEXT,
    aborted_by BLOB,                 -- flyteidl2.common.EnrichedIdentity
    signal BLOB,                     -- flyteidl2.workflow.SignalInfo, of conditions
    local INTEGER NOT NULL DEFAULT 0,  -- run by the local executor
    revision INTEGER NOT NULL,
    UNIQUE (project, domain, run_name, name)
)
"""

EVENTS = """
CREATE TABLE action_events (
    action INTEGER NOT NULL REFERENCES actions (id),
    attempt INTEGER NOT NULL,
    phase INTEGER NOT NULL,
    version INTEGER NOT NULL,
    event BLOB NOT NULL,             -- flyteidl2.workflow.ActionEvent
    PRIMARY KEY (action, attempt, phase, version)
) WITHOUT ROWID
"""

LOG_LINES = """
CREATE TABLE log_lines (
    action INTEGER NOT NULL REFERENCES actions (id),
    attempt INTEGER NOT NULL,
    number INTEGER NOT NULL,
    time INTEGER NOT NULL,
    originator INTEGER NOT NULL,
    message TEXT NOT NULL,
    PRIMARY KEY (action, attempt, number)
) WITHOUT ROWID
"""

PROCESSES = """
CREATE TABLE processes (
    pid INTEGER PRIMARY KEY,         -- leader of its process group
    started TEXT NOT NULL            -- tells the process from a later one with the same number
)
"""

OBJECTS = """
CREATE TABLE objects (
    key TEXT PRIMARY KEY,
    size INTEGER NOT NULL,
    md5 BLOB NOT NULL,
    content_type TEXT NOT NULL
) WITHOUT ROWID
"""

FIRST = (
    PROJECTS,
    TASKS,
    TRIGGERS,
    TASK_SPECS,
    ACTIONS,
    "CREATE INDEX root_actions ON actions (project, domain, phase, created_at DESC) WHERE parent IS NULL",
    "CREATE INDEX action_revisions ON actions (revision)",
    "CREATE INDEX local_actions ON actions (phase) WHERE local",
    "CREATE INDEX task_runs ON actions (task_project, task_domain, task_name, created_at) WHERE parent IS NULL",
    EVENTS,
    LOG_LINES,
    PROCESSES,
    OBJECTS,
)
