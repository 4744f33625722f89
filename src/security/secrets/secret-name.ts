/** A secret's name: letters, digits, `_`, `.` and `-`, at most 128 of them, not beginning with `.` or `-`. */
export const SECRET_NAME = /^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$/;

/** What a name that does not fit should be like. */
export const SECRET_NAME_RULE =
  'a name has 1 to 128 letters, digits, "_", "." and "-", and begins with none of the last two';
