import { vitestFor } from '../../vitest.shared.ts';

export default vitestFor('e2e');
