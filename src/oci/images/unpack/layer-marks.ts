/** What of a layer is not in its files: what it hides of those below, and attributes. */
import * as z from 'zod';

/** Names are bytes, written as base64. */
const Name = z.base64();

export const LayerMarks = z.object({
  /** Files and directories of the layers below that are gone. */
  removed: z.array(Name),
  /** Directories of which nothing of the layers below is seen. */
  opaque: z.array(Name),
  /** Extended attributes: name of the file, of the attribute, and the value. */
  attributes: z.array(z.tuple([Name, z.string(), z.base64()])),
});
export type LayerMarks = z.infer<typeof LayerMarks>;

/** Character device 0:0 is how overlayfs marks what is gone. */
export const WHITEOUT_MODE = 0o020000;
/** The attribute by which overlayfs knows a directory that hides what is below. */
export const OPAQUE_ATTRIBUTE = 'trusted.overlay.opaque';
