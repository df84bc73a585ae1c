import { RemovalPolicy } from "aws-cdk-lib"

/**
 * What becomes of data when its stack is deleted or changed. A first deployment that fails leaves nothing behind: there is no data yet, and what
 * stayed would stand in the way of the next. Source: AWS CloudFormation Template Reference, "DeletionPolicy attribute", RetainExceptOnCreate.
 */
export const removalPolicy = (retain: boolean) =>
  retain ? RemovalPolicy.RETAIN_ON_UPDATE_OR_DELETE : RemovalPolicy.DESTROY
