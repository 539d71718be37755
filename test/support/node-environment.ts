import './leave-at-once.cjs';
import NodeEnvironment from 'jest-environment-node';

export default NodeEnvironment;
