import { RemovalPolicy } from "aws-cdk-lib"

/** What becomes of data when its stack is deleted. */
export const removalPolicy = (retain: boolean) => (retain ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY)
