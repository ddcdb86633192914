import { element, fact } from './element.js';

const WHAT = { activation: 'going live' };
const WHO = { 'control-plane': 'the control plane' };
const UNTIL = { resumed: 'the rollout is resumed' };
const WHY = { paused: 'its rollout is paused' };

/** What waits, who said so, until when and why. `serving`: the revision that answers meanwhile, if one does. */
export function drawHold({ revision, of, by, until, reason }, serving) {
  return element(
    'div',
    { className: 'notice' },
    element(
      'p',
      {},
      `Revision ${revision} is on hold.`,
      serving !== undefined && ` Revision ${serving} answers meanwhile.`,
    ),
    element(
      'dl',
      { className: 'facts' },
      fact('What', WHAT[of] ?? of),
      fact('By', WHO[by] ?? by),
      fact('Until', UNTIL[until] ?? until),
      fact('Why', WHY[reason] ?? reason),
    ),
  );
}
