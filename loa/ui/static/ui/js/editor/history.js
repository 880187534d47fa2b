// Undo and redo: every state is a whole list of edits, so going back is taking the one before.

const same = (one, two) => JSON.stringify(one) === JSON.stringify(two);

export class History {
  /** Begins with what was saved; each of its steps can be undone, too. */
  constructor(saved) {
    this.saved = saved;
    this.states = saved.ops.map((_, count) => ({ ...saved, ops: saved.ops.slice(0, count) }));
    if (saved.clarity && !saved.ops.length) this.states.push({ ...saved, clarity: false });
    this.states.push(saved);
    this.at = this.states.length - 1;
  }

  get now() {
    return this.states[this.at];
  }

  get changed() {
    return !same(this.now, this.saved);
  }

  get canUndo() {
    return this.at > 0;
  }

  get canRedo() {
    return this.at < this.states.length - 1;
  }

  push(state) {
    if (same(state, this.now)) return;
    this.states = [...this.states.slice(0, this.at + 1), state];
    this.at += 1;
  }

  undo() {
    if (this.canUndo) this.at -= 1;
  }

  redo() {
    if (this.canRedo) this.at += 1;
  }
}
