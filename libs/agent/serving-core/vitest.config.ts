import { vitestFor } from '../../../vitest.shared.ts';

export default vitestFor('unit');
